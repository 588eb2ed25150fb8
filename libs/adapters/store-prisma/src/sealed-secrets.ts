import { Secret } from '#foundation';
import type { CallId, CallSecrets, OutputId } from '#domain';
import type { SealPlace, SecretBox } from './secret-box.ts';

const sipPasswordPlace = (id: CallId): SealPlace => ({
  table: 'calls',
  rowId: id,
  field: 'sipPassword',
});

const outputPlace = (id: OutputId, field: 'streamKey' | 'urlCredentials'): SealPlace => ({
  table: 'outputs',
  rowId: id,
  field,
});

/** The sealed columns of one output. */
export interface SealedOutput {
  readonly id: OutputId;
  readonly stream_key: Buffer;
  readonly url_credentials: Buffer | null;
}

/** Seals and opens the secrets of a call, each in its place. */
export class SealedSecrets {
  constructor(private readonly box: SecretBox) {}

  sealSipPassword(id: CallId, password: Secret | null): Buffer | null {
    return password === null ? null : this.box.seal(password, sipPasswordPlace(id));
  }

  sealStreamKey(id: OutputId, key: Secret): Buffer {
    return this.box.seal(key, outputPlace(id, 'streamKey'));
  }

  sealUrlCredentials(id: OutputId, credentials: Secret | null): Buffer | null {
    return credentials === null
      ? null
      : this.box.seal(credentials, outputPlace(id, 'urlCredentials'));
  }

  /** @throws Fault as SecretBox.open does. */
  openAll(id: CallId, sipPassword: Buffer | null, outputs: readonly SealedOutput[]): CallSecrets {
    const streamKeys = new Map<OutputId, Secret>();
    const urlCredentials = new Map<OutputId, Secret>();
    for (const output of outputs) {
      streamKeys.set(output.id, this.#open(output.stream_key, outputPlace(output.id, 'streamKey')));
      if (output.url_credentials === null) continue;
      const place = outputPlace(output.id, 'urlCredentials');
      urlCredentials.set(output.id, this.#open(output.url_credentials, place));
    }
    return {
      sipPassword: sipPassword === null ? null : this.#open(sipPassword, sipPasswordPlace(id)),
      streamKeys,
      urlCredentials,
    };
  }

  #open(sealed: Buffer, place: SealPlace): Secret {
    return new Secret(this.box.open(sealed, place));
  }
}
