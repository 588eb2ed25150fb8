/** What scripts can rely on. */
export const EXIT = {
  ok: 0,
  /** A call has failed, or something was refused. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** The API cannot be reached, or does not take the key. */
  unreachable: 3,
  /** Left by Ctrl-C. */
  left: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
