import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from '../arguments.ts';
import { Secret } from '#foundation';

/** Shows the questions, and nothing of what is typed. */
class Prompter extends Writable {
  #isAsking = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (!this.#isAsking) process.stderr.write(chunk);
    done();
  }

  ask(question: string): void {
    this.#isAsking = false;
    process.stderr.write(question);
    this.#isAsking = true;
  }
}

/**
 * Asks for secrets, one line each: at a terminal by questions, without showing the answers, else from standard input.
 * They are not arguments: everybody on the machine can read those.
 */
export async function askSecrets(questions: readonly string[]): Promise<Secret[]> {
  const isTerminal = process.stdin.isTTY;
  const prompter = new Prompter();
  const reader = createInterface({
    input: process.stdin,
    output: prompter,
    terminal: isTerminal,
  });
  reader.once('SIGINT', () => reader.close());
  const lines = reader[Symbol.asyncIterator]();
  const answers: Secret[] = [];
  for (const question of questions) {
    if (isTerminal) prompter.ask(`${question}: `);
    const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
    if (isTerminal) process.stderr.write('\n');
    if (isTerminal && done === true) throw new UsageError('nothing was entered');
    answers.push(new Secret((value ?? '').trim()));
  }
  reader.close();
  return answers;
}
