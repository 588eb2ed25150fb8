import type { ErrorCode } from '#domain';

/** One field of a request that does not fit. */
export interface FieldError {
  /** Names joined by dots, `outputs.0.url`; empty for the whole body. */
  readonly path: string;
  readonly message: string;
}

/** The caller asked for something wrong. Becomes a 4xx answer; nothing has been done. */
export class Rejection extends Error {
  override readonly name = 'Rejection';

  constructor(
    readonly code: ErrorCode,
    readonly fields: readonly FieldError[],
  ) {
    super(`${code}: ${fields.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
  }

  /** The same, with the fields named as another dialect names them. */
  renamed(names: ReadonlyMap<string, string>): Rejection {
    const fields = this.fields.map(({ path, message }) => ({
      path: names.get(path) ?? path,
      message,
    }));
    return new Rejection(this.code, fields);
  }
}
