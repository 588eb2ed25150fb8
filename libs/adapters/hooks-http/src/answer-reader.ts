import type { Dispatcher } from 'undici';
import type { HookAnswer } from '#domain';

const MAX_BODY_BYTES = 64 * 1024;

/** What an answer holds. */
export type ReadAnswer = Omit<HookAnswer, 'kind' | 'durationMs'>;

type AnswerHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/**
 * Takes one answer as it comes, and no further than the bound: the connection of a longer one is closed. Neither streams nor
 * signals are made for it, which would cost more than the rest of a short exchange.
 */
export class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: ReadAnswer) => void;
  readonly #reject: (error: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #status = 0;
  #headers: AnswerHeaders = {};
  #chunks: Uint8Array[] = [];
  #byteCount = 0;

  constructor(resolve: (answer: ReadAnswer) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Rejects at once; what waits for its connection hears of that only then. */
  giveUp(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reject(error);
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('given up'));
  }

  /** Of a provisional answer first, then of the one that counts. */
  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#chunks.push(chunk);
    this.#byteCount += chunk.length;
    if (this.#byteCount <= MAX_BODY_BYTES) return;
    this.#end(true);
    controller.abort(new Error('the answer is too long'));
  }

  onResponseEnd(): void {
    if (!this.#isOver) this.#end(false);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reject(error);
  }

  #end(isCut: boolean): void {
    this.#isOver = true;
    this.#resolve({
      status: this.#status,
      headers: plainHeaders(this.#headers),
      // A copy: chunks lie in buffers that are larger.
      body: new Uint8Array(Buffer.concat(this.#chunks).subarray(0, MAX_BODY_BYTES)),
      isCut,
    });
  }
}

function plainHeaders(headers: AnswerHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    plain[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  }
  return plain;
}
