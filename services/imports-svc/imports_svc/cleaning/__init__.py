"""From text to typed values, column by column, with a reason for every cell that is dropped, changed or in doubt."""
