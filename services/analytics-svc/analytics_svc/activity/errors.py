from chassis.errors import InvalidArgument


class NotADay(InvalidArgument):
    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"There is no day {value}.", violations={field: "must be a day such as 2026-11-22"})
