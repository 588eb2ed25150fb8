import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '#domain';
import type { CommandBook, CommandId, CommandReport } from '#domain';
import type { Timers } from '#foundation';
import { TOKENS } from '../tokens.ts';

/** How long a client is kept waiting for what becomes of its command. */
const ANSWER_MS = 2_000;
const LOOK_MS = 100;

/** Waits for what becomes of commands. */
@Injectable()
export class CommandAnswers {
  constructor(
    @Inject(TOKENS.commands) private readonly commands: CommandBook,
    @Inject(TOKENS.timers) private readonly timers: Timers,
  ) {}

  /**
   * Waits up to 2 s.
   * @returns The command, which may still wait or run.
   * @throws Fault Why it was refused; CALL_ALREADY_ENDED when its call has ended before.
   */
  async to(commandId: CommandId): Promise<CommandReport> {
    for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
      const status = await this.commands.find(commandId);
      if (status === null) throw new Fault('CALL_NOT_FOUND');
      if (status.state === 'refused') {
        // Without a word it was refused by the end of the call.
        const { fault } = status;
        throw fault === null ? new Fault('CALL_ALREADY_ENDED') : new Fault(fault.code, fault);
      }
      if (status.state === 'done' || waitedMs >= ANSWER_MS) return status;
      await new Promise<void>((resolve) => void this.timers.after(LOOK_MS, resolve));
    }
  }
}
