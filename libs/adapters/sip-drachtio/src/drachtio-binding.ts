import type { Binding, RegisterOutcome, SipAccount } from '#domain';
import { randomHex } from '#foundation';
import type { Clock, RandomSource } from '#foundation';
import type { ControlConnection } from './control-connection.ts';
import { ControlError } from './control-error.ts';
import { fromHeader, isDialable } from './invite-headers.ts';
import { LegLogin } from './leg-login.ts';
import { pinnedProxy, transportOf } from './next-hop.ts';
import { outcomeOf, outcomeOfError } from './register-answer.ts';
import type { SrfHeaders, SrfResponse } from './srf-types.ts';

/** What a DrachtioBinding needs. */
export interface DrachtioBindingOptions {
  readonly account: SipAccount;
  readonly contactUser: string;
  /** The one to send on now. */
  readonly connection: () => ControlConnection | undefined;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** For all answers to challenges together. */
const REGISTER_MS = 8_000;
const REMOVE_MS = 2_000;
const TAG_BYTES = 8;
const CALL_ID_BYTES = 16;

/**
 * One Contact of ours at one registrar.
 *
 * @remarks
 * All its requests have one Call-ID, one tag and a CSeq that grows (RFC 3261 section 10.2.4), whichever control
 * connection they take; they are ours and not the server's because it makes new ones for each request outside dialogs.
 * The host of the Contact is the server's own: it fills in `localhost`. A nonce is used on for the next refresh, so that
 * most of them are not challenged.
 */
export class DrachtioBinding implements Binding {
  readonly #options: DrachtioBindingOptions;
  readonly #login: LegLogin;
  readonly #callId: string;
  readonly #tag: string;
  readonly #scheme: 'sip' | 'sips';
  #sequence = 0;
  #credentials: 'unused' | 'sent' = 'unused';

  constructor(options: DrachtioBindingOptions) {
    const { account, random } = options;
    this.#options = options;
    this.#login = new LegLogin(account.auth, random);
    this.#callId = randomHex(random, CALL_ID_BYTES);
    this.#tag = randomHex(random, TAG_BYTES);
    this.#scheme = /^sips:/i.test(account.registrar) ? 'sips' : 'sip';
  }

  async register(expiresSeconds: number): Promise<RegisterOutcome> {
    const { contactUser } = this.#options;
    try {
      const response = await this.#send(this.#contact, expiresSeconds, REGISTER_MS);
      return outcomeOf(response, { contactUser, expiresSeconds, credentials: this.#credentials });
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      return outcomeOfError(error);
    }
  }

  async remove(contact = this.#contact): Promise<void> {
    if (!isDialable(contact)) return;
    try {
      await this.#send(contact, 0, REMOVE_MS);
    } catch (error) {
      // The registrar forgets it by itself.
      if (!(error instanceof ControlError)) throw error;
    }
  }

  get #contact(): string {
    const { contactUser, account } = this.#options;
    const transport = transportOf(account.outboundProxy) ?? transportOf(account.registrar);
    const parameter = transport === undefined ? '' : `;transport=${transport}`;
    return `${this.#scheme}:${contactUser}@localhost${parameter}`;
  }

  /** Sends REGISTER, and once more for each challenge that is answered. @throws ControlError */
  async #send(contact: string, expiresSeconds: number, timeoutMs: number): Promise<SrfResponse> {
    const { account, connection, clock } = this.#options;
    const { registrar: uri, outboundProxy } = account;
    const untilMicros = clock.nowMicros() + timeoutMs * 1000;
    const digest = { method: 'REGISTER', uri, body: '' };
    this.#login.beginRequest();
    let answers = this.#login.known(digest);
    let proxy = outboundProxy;
    for (;;) {
      const control = connection();
      if (control === undefined) throw new ControlError('lost', 'there is no connection');
      const response = await control.request({
        uri,
        options: {
          method: 'REGISTER',
          headers: { ...this.#headers(contact, expiresSeconds), ...answers },
          ...(proxy === undefined ? {} : { proxy }),
        },
        timeoutMs: Math.max(0, Math.ceil((untilMicros - clock.nowMicros()) / 1000)),
      });
      const next = this.#login.answer(response, digest);
      if (next === undefined) return response;
      this.#credentials = 'sent';
      answers = next;
      proxy = pinnedProxy(
        { to: uri, ...(outboundProxy === undefined ? {} : { outboundProxy }) },
        response,
      );
    }
  }

  #headers(contact: string, expiresSeconds: number): SrfHeaders {
    const { user, domain } = this.#options.account;
    const aor = fromHeader({ user, domain }, this.#scheme);
    this.#sequence += 1;
    return {
      From: `${aor};tag=${this.#tag}`,
      To: aor,
      'Call-ID': this.#callId,
      CSeq: `${this.#sequence} REGISTER`,
      Contact: `<${contact}>;expires=${expiresSeconds}`,
      // Some registrars read only this one.
      Expires: String(expiresSeconds),
      'User-Agent': 'Callcast',
    };
  }
}
