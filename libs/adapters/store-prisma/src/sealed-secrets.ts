import { Secret } from '#foundation';
import type {
  CallId,
  CallSecrets,
  CommandId,
  DtmfMethod,
  DtmfOrder,
  OutputId,
  TrunkId,
} from '#domain';
import type { SecretBox } from './secret-box.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

/** A row of an app, as its seals know it. */
interface OwnedRow<Id extends string> {
  readonly tenant: string;
  readonly rowId: Id;
}

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

  sealSipPassword(call: OwnedRow<CallId>, password: Secret | null): Buffer | null {
    const place = { column: SEALED_COLUMNS.sipPassword, ...call };
    return password === null ? null : this.box.seal(password, place);
  }

  sealDtmf(call: OwnedRow<CallId>, keys: Secret | null): Buffer | null {
    return keys === null ? null : this.box.seal(keys, { column: SEALED_COLUMNS.callKeys, ...call });
  }

  sealTrunkPassword(trunk: OwnedRow<TrunkId>, password: Secret | null): Buffer | null {
    const place = { column: SEALED_COLUMNS.trunkPassword, ...trunk };
    return password === null ? null : this.box.seal(password, place);
  }

  /** @throws Fault as SecretBox.open does. */
  openTrunkPassword(trunk: OwnedRow<TrunkId>, sealed: Buffer | null): Secret | null {
    const place = { column: SEALED_COLUMNS.trunkPassword, ...trunk };
    return sealed === null ? null : this.#open(sealed, place);
  }

  sealOrder(command: OwnedRow<CommandId>, { keys, method }: DtmfOrder): Buffer {
    const text = JSON.stringify({
      keys: keys.reveal(),
      ...(method === undefined ? {} : { method }),
    });
    const place = { column: SEALED_COLUMNS.commandPayload, ...command };
    return this.box.seal(new Secret(text), place);
  }

  /** @throws Fault as SecretBox.open does. */
  openOrder(command: OwnedRow<CommandId>, payload: Buffer): DtmfOrder {
    const place = { column: SEALED_COLUMNS.commandPayload, ...command };
    const text = this.box.open(payload, place);
    const { keys, method } = JSON.parse(text) as { keys: string; method?: DtmfMethod };
    return { keys: new Secret(keys), ...(method === undefined ? {} : { method }) };
  }

  sealStreamKey(output: OwnedRow<OutputId>, key: Secret): Buffer {
    return this.box.seal(key, { column: SEALED_COLUMNS.streamKey, ...output });
  }

  sealUrlCredentials(output: OwnedRow<OutputId>, credentials: Secret | null): Buffer | null {
    const place = { column: SEALED_COLUMNS.urlCredentials, ...output };
    return credentials === null ? null : this.box.seal(credentials, place);
  }

  /** @throws Fault as SecretBox.open does. */
  openOutput(
    tenant: string,
    { id, stream_key: key, url_credentials: credentials }: SealedOutput,
  ): {
    readonly streamKey: Secret;
    readonly urlCredentials: Secret | null;
  } {
    const row = { tenant, rowId: id };
    return {
      streamKey: this.#open(key, { column: SEALED_COLUMNS.streamKey, ...row }),
      urlCredentials:
        credentials === null
          ? null
          : this.#open(credentials, { column: SEALED_COLUMNS.urlCredentials, ...row }),
    };
  }

  /** @throws Fault as SecretBox.open does. */
  openAll(
    call: OwnedRow<CallId>,
    { sip_password: sipPassword, dtmf }: SealedCall,
    outputs: readonly SealedOutput[],
  ): CallSecrets {
    const streamKeys = new Map<OutputId, Secret>();
    const urlCredentials = new Map<OutputId, Secret>();
    for (const output of outputs) {
      const opened = this.openOutput(call.tenant, output);
      streamKeys.set(output.id, opened.streamKey);
      if (opened.urlCredentials !== null) urlCredentials.set(output.id, opened.urlCredentials);
    }
    const passwordPlace = { column: SEALED_COLUMNS.sipPassword, ...call };
    return {
      sipPassword: sipPassword === null ? null : this.#open(sipPassword, passwordPlace),
      dtmf: dtmf === null ? null : this.#open(dtmf, { column: SEALED_COLUMNS.callKeys, ...call }),
      streamKeys,
      urlCredentials,
    };
  }

  #open(sealed: Buffer, place: Parameters<SecretBox['open']>[1]): Secret {
    return new Secret(this.box.open(sealed, place));
  }
}
