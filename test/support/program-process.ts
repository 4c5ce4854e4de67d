/** One of the two programs at work: lines of JSON come out of it, and it may be killed. @module */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** A running program whose standard output is lines of JSON. */
export class ProgramProcess<Line> {
  readonly pid: number;
  readonly lines: Line[] = [];
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #end: Ended | undefined;

  constructor(child: ChildProcess) {
    let stderr = '';
    this.pid = child.pid ?? -1;
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Line); // with these arguments they print nothing else
      this.#wake();
    });
    this.ended = new Promise((resolve) =>
      child.once('close', (code) => {
        this.#end = { code, stderr };
        resolve(this.#end);
        this.#wake();
      }),
    );
  }

  /** The first line that is as asked. @throws Error with its last words if the program ends before it says it. */
  async line<Asked extends Line>(matches: (line: Line) => line is Asked): Promise<Asked>;
  async line(matches: (line: Line) => boolean): Promise<Line>;
  async line(matches: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.lines.find(matches);
      if (found !== undefined) return found;
      if (this.#end !== undefined) throw new Error(`the program ended before it said so: ${this.#end.stderr}`);
      await new Promise<void>((wake) => this.#watchers.add(wake));
    }
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to end, and waits. */
  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  /** Freezes it where it is: its connections stay, and nobody answers on them. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  #wake(): void {
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
  }
}
