import type { Binding, Registrar, SipAccount } from '#domain';
import { invariant } from '#foundation';
import { DrachtioBinding } from './drachtio-binding.ts';
import type { DrachtioBindingOptions } from './drachtio-binding.ts';
import { fromHeader, isDialable } from './invite-headers.ts';

/** Sends REGISTER over the dialer's control connection. */
export class DrachtioRegistrar implements Registrar {
  readonly #options: Pick<DrachtioBindingOptions, 'connection' | 'clock' | 'random'>;
  #hear: () => void = () => undefined;

  constructor(options: Pick<DrachtioBindingOptions, 'connection' | 'clock' | 'random'>) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#options.connection() !== undefined;
  }

  onConnected(hear: () => void): void {
    this.#hear = hear;
  }

  /** The control connection is up. */
  connected(): void {
    this.#hear();
  }

  /** @throws BugError for an account that would break the control protocol or a SIP header. */
  bind(account: SipAccount, contactUser: string): Binding {
    const { user, domain, registrar, outboundProxy } = account;
    invariant(isDialable(registrar) && !registrar.includes('@'), 'the registrar is no SIP URI');
    invariant(outboundProxy === undefined || isDialable(outboundProxy), 'the proxy is no SIP URI');
    invariant(/^[a-z\d]{1,64}$/i.test(contactUser), 'the user of the Contact is none');
    fromHeader({ user, domain }, 'sip');
    return new DrachtioBinding({ ...this.#options, account, contactUser });
  }
}
