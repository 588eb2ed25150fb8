import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MediaTarget } from './contender.ts';
import type {
  SenderReply,
  SenderRequest,
  SentClick,
  SentSignal,
  TroubledCalls,
} from './sender-process.ts';

const SENDER = fileURLToPath(new URL('./sender-process.js', import.meta.url));

const NO_TROUBLE: TroubledCalls = { count: 0, lossShare: 0, jitterMs: 0 };

/** The phones of all calls: a process of its own that sends a packet per call every 20 ms. */
export class PacketSender {
  readonly sourcePort: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, sourcePort: number) {
    this.#child = child;
    this.sourcePort = sourcePort;
  }

  /**
   * @param calls How many there will be at most.
   */
  static async start(
    calls: number,
    signal: SentSignal,
    trouble: TroubledCalls = NO_TROUBLE,
  ): Promise<PacketSender> {
    const child = fork(SENDER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const { sourcePort } = await ask(child, { kind: 'bind', calls, signal, trouble });
    return new PacketSender(child, sourcePort);
  }

  /** From now on the packets of each call, by its index, go to these. */
  async send(targets: readonly (readonly MediaTarget[])[]): Promise<void> {
    await ask(this.#child, { kind: 'send', targets });
  }

  /** The clicks of each call until now. */
  async clicks(): Promise<readonly (readonly SentClick[])[]> {
    return (await ask(this.#child, { kind: 'tellClicks' })).clicks;
  }

  stop(): void {
    this.#child.disconnect();
  }
}

async function ask(child: ChildProcess, request: SenderRequest): Promise<SenderReply> {
  child.send(request);
  const [reply] = (await once(child, 'message')) as [SenderReply];
  return reply;
}
