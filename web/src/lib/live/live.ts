import { listen, type Told } from "./stream";

export type Status = "connecting" | "live" | "waiting" | "closed";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** One stream for this tab: open while the tab is seen, and gone on with from the last event when it breaks off. */
export class Live {
  #lastId = "";
  #open: AbortController | undefined;
  #pause = FIRST_PAUSE_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly onTold: (told: Told) => void,
    private readonly onStatus: (status: Status) => void,
  ) {}

  start() {
    document.addEventListener("visibilitychange", this.#look);
    addEventListener("online", this.#look);
    this.#look();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("online", this.#look);
    this.#close();
  }

  #look = () => {
    if (document.visibilityState === "hidden") return this.#close();
    clearTimeout(this.#timer);
    if (!this.#open) void this.#run();
  };

  #close() {
    clearTimeout(this.#timer);
    this.#open?.abort();
    this.#open = undefined;
    this.onStatus("closed");
  }

  async #run() {
    const open = (this.#open = new AbortController());
    this.onStatus("connecting");
    try {
      await listen(this.#lastId, (told) => this.#hear(told), open.signal);
    } catch {
      // Told by the status; the pause grows until something is heard.
    }
    if (this.#open !== open) return;
    this.#open = undefined;
    this.onStatus("waiting");
    this.#timer = setTimeout(this.#look, this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  #hear(told: Told) {
    if (told.name === "problem") return;
    this.#pause = FIRST_PAUSE_MS;
    if (told.id) this.#lastId = told.id;
    if (told.name === "begin") this.onStatus("live");
    this.onTold(told);
  }
}
