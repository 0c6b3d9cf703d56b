const LIMIT = 3;
const WINDOW_MS = 3 * 60 * 1000;

/** Counts how often the server ended by itself, to know when starting it again is of no use. */
export class Crashes {
  private times: number[] = [];

  /** Whether the server is worth another start after it ended at `now`. */
  mayRestart(now = Date.now()): boolean {
    this.times = [...this.times.filter((time) => now - time < WINDOW_MS), now];
    return this.times.length <= LIMIT;
  }

  forget(): void {
    this.times = [];
  }
}
