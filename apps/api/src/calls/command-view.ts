import type { CommandView } from '#contracts';
import { catalogEntry } from '#domain';
import type { CommandReport } from '#domain';

/** Refused without a word: by the end of its call. */
const AT_THE_END = {
  code: 'CALL_ALREADY_ENDED',
  detail: catalogEntry('CALL_ALREADY_ENDED').summary,
} as const;

/** A command as clients see it. */
export const commandView = (command: CommandReport): CommandView => ({
  id: command.id,
  callId: command.callId,
  type: command.type,
  state: command.state,
  requestedBy: command.requestedBy,
  createdAt: command.createdAt.toISOString(),
  deadline: command.deadline?.toISOString() ?? null,
  completedAt: command.completedAt?.toISOString() ?? null,
  error: command.state === 'refused' ? { ...(command.fault ?? AT_THE_END) } : null,
});
