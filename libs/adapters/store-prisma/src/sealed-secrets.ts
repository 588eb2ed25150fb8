import { Secret } from '#foundation';
import type { CallId, CallSecrets, CommandId, DtmfMethod, DtmfOrder, OutputId } from '#domain';
import type { SealPlace, SecretBox } from './secret-box.ts';

const callPlace = (id: CallId, field: 'sipPassword' | 'dtmf'): SealPlace => ({
  table: 'calls',
  rowId: id,
  field,
});

const payloadPlace = (id: CommandId): SealPlace => ({
  table: 'commands',
  rowId: id,
  field: 'payload',
});

const outputPlace = (id: OutputId, field: 'streamKey' | 'urlCredentials'): SealPlace => ({
  table: 'outputs',
  rowId: id,
  field,
});

/** The sealed columns of a call. */
export interface SealedCall {
  readonly sip_password: Buffer | null;
  readonly dtmf: Buffer | null;
}

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
    return password === null ? null : this.box.seal(password, callPlace(id, 'sipPassword'));
  }

  sealDtmf(id: CallId, keys: Secret | null): Buffer | null {
    return keys === null ? null : this.box.seal(keys, callPlace(id, 'dtmf'));
  }

  sealOrder(id: CommandId, { keys, method }: DtmfOrder): Buffer {
    const text = JSON.stringify({
      keys: keys.reveal(),
      ...(method === undefined ? {} : { method }),
    });
    return this.box.seal(new Secret(text), payloadPlace(id));
  }

  /** @throws Fault as SecretBox.open does. */
  openOrder(id: CommandId, payload: Buffer): DtmfOrder {
    const text = this.box.open(payload, payloadPlace(id));
    const { keys, method } = JSON.parse(text) as { keys: string; method?: DtmfMethod };
    return { keys: new Secret(keys), ...(method === undefined ? {} : { method }) };
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
  openOutput({ id, stream_key: key, url_credentials: credentials }: SealedOutput): {
    readonly streamKey: Secret;
    readonly urlCredentials: Secret | null;
  } {
    const place = outputPlace(id, 'urlCredentials');
    return {
      streamKey: this.#open(key, outputPlace(id, 'streamKey')),
      urlCredentials: credentials === null ? null : this.#open(credentials, place),
    };
  }

  /** @throws Fault as SecretBox.open does. */
  openAll(id: CallId, call: SealedCall, outputs: readonly SealedOutput[]): CallSecrets {
    const { sip_password: sipPassword, dtmf } = call;
    const streamKeys = new Map<OutputId, Secret>();
    const urlCredentials = new Map<OutputId, Secret>();
    for (const output of outputs) {
      const opened = this.openOutput(output);
      streamKeys.set(output.id, opened.streamKey);
      if (opened.urlCredentials !== null) urlCredentials.set(output.id, opened.urlCredentials);
    }
    return {
      sipPassword:
        sipPassword === null ? null : this.#open(sipPassword, callPlace(id, 'sipPassword')),
      dtmf: dtmf === null ? null : this.#open(dtmf, callPlace(id, 'dtmf')),
      streamKeys,
      urlCredentials,
    };
  }

  #open(sealed: Buffer, place: SealPlace): Secret {
    return new Secret(this.box.open(sealed, place));
  }
}
