import type { Timer, Timers } from '#foundation';
import type { Fault, SipAccount } from '#domain';

/** The login of one call. */
export type Login = SipAccount['auth'];

/** One call that needs the registration. */
export interface RegistrationUser {
  readonly login: Login;
  /** Settles once: the address is registered, or why it is not. */
  readonly ready: Promise<void>;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
  readonly deadline: Timer;
}

interface User extends RegistrationUser {
  waiting: Waiting | undefined;
  isRefused: boolean;
}

/** Whether they answer the same challenges in the same way; the user name is that of the registration. */
const isSameLogin = (one: Login, other: Login): boolean =>
  one.password.reveal() === other.password.reveal() &&
  JSON.stringify(one.realms) === JSON.stringify(other.realms);

/** The calls of this node that need one registration: what they wait for, and the logins they bring along. */
export class RegistrationUsers {
  readonly #users = new Set<User>();
  readonly #timers: Timers;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get size(): number {
    return this.#users.size;
  }

  get isAnyWaiting(): boolean {
    return [...this.#users].some(({ waiting }) => waiting !== undefined);
  }

  /** @param late What a call hears that has waited for `waitMs`. */
  add(login: Login, waitMs: number, late: () => Fault): RegistrationUser {
    let resolve = (): void => undefined;
    let reject: Waiting['reject'] = () => undefined;
    const ready = new Promise<void>((...settle) => ([resolve, reject] = settle));
    const deadline = this.#timers.after(waitMs, () => this.#end(user, late()));
    const user: User = { login, ready, waiting: { resolve, reject, deadline }, isRefused: false };
    this.#users.add(user);
    return user;
  }

  /** The call has ended, or is somebody else's. */
  remove(user: RegistrationUser): void {
    for (const each of this.#users) {
      if (each !== user) continue;
      this.#end(each);
      this.#users.delete(each);
    }
  }

  clear(): void {
    for (const user of [...this.#users]) this.remove(user);
  }

  /** The address is registered, with whichever login. */
  settle(): void {
    for (const user of this.#users) this.#end(user);
  }

  /** There is no registration to be had now: those who wait fail. */
  fail(fault: Fault): void {
    for (const user of this.#users) this.#end(user, fault);
  }

  /** The registrar does not take this login: those who brought it fail, and it is not tried again. */
  refuse(login: Login, fault: Fault): void {
    for (const user of this.#users) {
      if (!isSameLogin(user.login, login)) continue;
      user.isRefused = true;
      this.#end(user, fault);
    }
  }

  /** A login that has not been refused: the one before if a call still has the same. */
  nextLogin(before: Login | undefined): Login | undefined {
    const usable = [...this.#users].filter(({ isRefused }) => !isRefused);
    const isStillUsed = usable.some(
      ({ login }) => before !== undefined && isSameLogin(login, before),
    );
    return isStillUsed ? before : usable[0]?.login;
  }

  #end(user: User, fault?: Fault): void {
    const { waiting } = user;
    if (waiting === undefined) return;
    user.waiting = undefined;
    waiting.deadline.cancel();
    if (fault === undefined) waiting.resolve();
    else waiting.reject(fault);
  }
}
