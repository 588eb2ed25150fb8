import { ipAddressBytes } from '#foundation';
import { isInNetworks, parseIpNetwork } from '../targets/ip-network.ts';
import type { IpNetwork } from '../targets/ip-network.ts';
import { refusalOfAddress } from '../targets/public-address.ts';
import { plainHost, refusalOfHost } from '../targets/public-host.ts';

/** What the operator lets hooks reach. */
export interface HookTargetRules {
  /** Networks (`10.1.0.0/16`), addresses, hosts (`sink.internal`) and all hosts below one (`*.internal`) beside the public ones. */
  readonly allow: readonly string[];
  /** Whether hooks may go anywhere. */
  readonly allowPrivate: boolean;
  readonly ports: readonly number[] | 'any';
}

const MAX_URL_LENGTH = 2048;
const USUAL_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Whether an entry of the rules can be used. */
export const isHookAllowance = (entry: string): boolean =>
  parseIpNetwork(entry) !== undefined || /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(entry);

/** Judges where hooks may be sent: the URL when it is given, and every address when a connection is made. */
export class HookTargets {
  readonly #rules: HookTargetRules;
  readonly #networks: readonly IpNetwork[];
  readonly #hosts: readonly string[];

  constructor(rules: HookTargetRules) {
    const networks = rules.allow.map(parseIpNetwork);
    this.#rules = rules;
    this.#networks = networks.filter((network) => network !== undefined);
    this.#hosts = rules.allow
      .filter((_, index) => networks[index] === undefined)
      .map((host) => host.toLowerCase());
  }

  /** Whether the operator has named this host, or this address. */
  isNamed(host: string): boolean {
    const name = plainHost(host);
    if (name === undefined) return false;
    if (this.#rules.allowPrivate || isInNetworks(name, this.#networks)) return true;
    return this.#hosts.some((entry) =>
      entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry,
    );
  }

  /** Why a URL may not be a hook's, or undefined when it may. Its host is not looked up. */
  refusalOfUrl(text: string): string | undefined {
    if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return 'is not a URL';
    const { protocol, hostname, port, username, password } = new URL(text);
    const usualPort = USUAL_PORTS[protocol];
    if (usualPort === undefined) return 'must begin with https://';
    if (username !== '' || password !== '') return 'must not hold a user or a password';
    const { ports } = this.#rules;
    if (ports !== 'any' && !ports.includes(port === '' ? usualPort : Number(port))) {
      return `must use one of the ports ${ports.join(', ')}`;
    }
    if (this.isNamed(hostname)) return undefined;
    const refusal = refusalOfHost(hostname);
    if (refusal !== undefined) return `${refusal}; hooks must be public`;
    return protocol === 'https:' ? undefined : 'must begin with https://';
  }

  /**
   * Why an address that a host leads to may not be called, or undefined when it may.
   *
   * @param own Whether it is an address of this machine: what listens here need not be meant for everybody.
   */
  refusalOfAddress(host: string, address: string, own: boolean): string | undefined {
    if (ipAddressBytes(address) === undefined) return 'is not a usable address';
    if (this.isNamed(host) || isInNetworks(address, this.#networks)) return undefined;
    return refusalOfAddress(address) ?? (own ? 'is an address of this machine' : undefined);
  }
}
