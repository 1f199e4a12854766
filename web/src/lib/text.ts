const SHOWN = 200;

/** As much of a text as a cell shows; what was left out is told by its last sign. Files hold cells of megabytes. */
export const clipped = (text: string, shown = SHOWN) => (text.length > shown ? `${text.slice(0, shown)}…` : text);
