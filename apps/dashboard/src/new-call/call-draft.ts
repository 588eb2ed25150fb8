import type { CreateCall, FieldError } from '#sdk';
import type { PlatformId } from './platforms.ts';

/** One target as it is being filled in. */
export interface OutputDraft {
  /** Of the row, as long as the form lives. */
  readonly serial: number;
  readonly platform: PlatformId;
  readonly url: string;
  readonly streamKey: string;
}

/** A call as it is being filled in; what is empty is left to the API. */
export interface CallDraft {
  readonly to: string;
  readonly callId: string;
  readonly trunk: string;
  readonly username: string;
  readonly password: string;
  readonly dtmf: string;
  readonly outputs: readonly OutputDraft[];
}

export const EMPTY_OUTPUT: OutputDraft = { serial: 0, platform: 'other', url: '', streamKey: '' };
export const EMPTY_DRAFT: CallDraft = {
  ...{ to: '', callId: '', trunk: '', username: '', password: '', dtmf: '' },
  outputs: [EMPTY_OUTPUT],
};

/** The target of an output. */
export const targetOf = ({ url, streamKey }: OutputDraft) => ({
  url: url.trim(),
  ...(streamKey === '' ? {} : { streamKey }),
});

/** The body of `POST /v1/calls`. */
export function bodyOf(draft: CallDraft): CreateCall {
  const { to, username, password, outputs } = draft;
  const named = (['callId', 'trunk', 'dtmf'] as const)
    .map((name) => [name, draft[name].trim()] as const)
    .filter(([, value]) => value !== '');
  return {
    to: to.trim(),
    ...Object.fromEntries(named),
    ...(username === '' && password === '' ? {} : { auth: { username, password } }),
    outputs: outputs.map(targetOf),
  };
}

/** Whether all is there that no call can do without. */
export const isComplete = ({ to, outputs }: CallDraft): boolean =>
  to.trim() !== '' && outputs.every(({ url }) => url.trim() !== '');

/** What the API says of a field; `outputs.0.url` and `outputs[0].url` are the same. */
export function errorAt(errors: readonly FieldError[], path: string): string | undefined {
  const found = errors.find((error) => error.path.replace(/\[(\d+)\]/g, '.$1') === path);
  return found?.message;
}
