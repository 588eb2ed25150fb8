import type { ChangeTrunk, CreateTrunk } from '#contracts';
import type { TrunkSettings } from '#domain';
import type { FieldError } from '../http/rejection.ts';

/** What a trunk has that says nothing. */
const USUAL: Omit<TrunkSettings, 'name' | 'domain'> = {
  port: null,
  transport: null,
  outboundProxy: null,
  username: null,
  authUsername: null,
  realms: null,
  from: {},
  register: false,
  registrar: null,
  codecs: null,
  srtp: null,
  maxCallsPerSecond: null,
  maxChannels: null,
  allowedPrefixes: null,
  enabled: true,
};

/** The settings of a new trunk. */
export const newSettings = (request: CreateTrunk): TrunkSettings =>
  changedSettings({ ...USUAL, name: request.name, domain: request.domain }, request);

const NAMES = ['name', 'domain', ...Object.keys(USUAL)] as readonly (keyof TrunkSettings)[];

/** The settings of a trunk when it is changed: what is not given stays. */
export function changedSettings(
  before: TrunkSettings,
  request: Partial<ChangeTrunk>,
): TrunkSettings {
  const given = NAMES.flatMap((name) =>
    request[name] === undefined ? [] : [[name, request[name]] as const],
  );
  return { ...before, ...(Object.fromEntries(given) as Partial<TrunkSettings>) };
}

/** What of a trunk does not go together. */
export function settingsErrors(settings: TrunkSettings, hasPassword: boolean): FieldError[] {
  const { username, register, registrar, authUsername, realms } = settings;
  const rules: readonly [boolean, string, string][] = [
    [register && username === null, 'username', 'is needed to register'],
    [register && !hasPassword, 'password', 'is needed to register'],
    [!register && registrar !== null, 'registrar', 'is used only with `register: true`'],
    [username === null && authUsername !== null, 'authUsername', 'is used only with `username`'],
    [username === null && realms !== null, 'realms', 'is used only with `username`'],
    [username === null && hasPassword, 'password', 'is used only with `username`'],
  ];
  return rules.flatMap(([isBroken, path, message]) => (isBroken ? [{ path, message }] : []));
}
