/** A JSON schema, as far as examples are made from it. */
export interface ExampleSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ExampleSchema[];
  readonly oneOf?: readonly ExampleSchema[];
  readonly allOf?: readonly ExampleSchema[];
  readonly properties?: Readonly<Record<string, ExampleSchema>>;
  readonly additionalProperties?: boolean | ExampleSchema;
  readonly items?: ExampleSchema;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const id = (kind: string, last: string): string => `${kind}_01kas5y7k2${last.padStart(16, '0')}`;
const CALL = id('call', '7');
const HOOK = id('hook', '4');
const HEADERS = { 'content-type': 'application/json' };

/** Values of fields by name, or by schema and name where a name means several things. Addresses are for documentation. */
const VALUES: Readonly<Record<string, unknown>> = {
  'Call.id': CALL,
  'Call.callId': 'morning-show',
  'Call.state': 'up',
  'Call.broadcast': 'live',
  'Call.muted': false,
  'Call.heldBy': null,
  'Call.trunk': null,
  'Call.redials': 0,
  'Call.priority': 0,
  'Output.id': id('output', '8'),
  'Output.backupOf': null,
  'Output.state': 'publishing',
  'OutputStats.id': id('output', '8'),
  'OutputStats.isCongested': false,
  'Event.id': id('evt', '9'),
  'Event.type': 'call.ringing',
  'Event.data': {},
  'Command.id': id('cmd', '5'),
  'Command.state': 'done',
  'Trunk.id': id('trunk', '3'),
  'Trunk.name': 'carrier-eu',
  'Trunk.realms': null,
  'Trunk.codecs': null,
  'Trunk.from': { user: '+4930123456' },
  'Trunk.health': { state: 'up', since: '2026-11-23T09:00:00.000Z', roundTripMs: 23, reason: null },
  'Hook.id': HOOK,
  'Hook.url': 'https://app.example.com/hooks',
  'NewHook.id': HOOK,
  'NewHook.url': 'https://app.example.com/hooks',
  'Delivery.id': id('dlv', '6'),
  'Delivery.path': '',
  'DeliveryDetail.id': id('dlv', '6'),
  'DeliveryDetail.path': '',
  'Node.id': id('node', '1'),
  'Node.capacity': 200,
  'Node.usedCapacity': 0.2,
  'Node.pid': 4711,
  'Node.load': { latenessP99Ms: 3, cpuCores: 0.4 },
  'Readiness.missing': [],
  'Readiness.degraded': [],
  'WcsCallObject.callId': 'evening-show',
  'WcsCallObject.status': 'ESTABLISHED',
  'WcsCallObject.hasVideo': false,
  custom: {},
  nodeId: id('node', '1'),
  sessionId: CALL,
  sipStatus: 200,
  rtmpUrl: 'rtmp://live.example.com/live',
  rtmpStream: 'key…am',
  streamName: 'evening-show',
  rtmpStreamStatus: 'PUBLISHING',
  mediaSessionId: id('output', '8'),
  caller: 'studio',
  callee: 'room',
  visibleName: 'Studio 1',
  requestedBy: 'bootstrap',
  detail: 'what was seen',
  appKey: 'default',
  callId: CALL,
  eventId: id('evt', '9'),
  hookId: HOOK,
  node: id('node', '1'),
  host: 'worker-1.example.com',
  to: 'sip:room@sip.example.com',
  domain: 'sip.carrier.example',
  url: 'rtmp://live.example.com/live',
  streamKey: 'key…am',
  direction: 'recvonly',
  path: 'kernel',
  codec: 'PCMU',
  metadata: { show: 'news' },
  events: ['call.*'],
  type: 'call.ended',
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  headers: HEADERS,
  requestHeaders: HEADERS,
  body: '{}',
  status: 200,
  username: 'acme',
  description: '',
  version: 1,
  'Node.version': '0.1.0',
};

/** What is mostly not there. */
const NULLS = new Set([
  ...['nextCursor', 'error', 'problem', 'failure', 'reason', 'verdict', 'disabled', 'failingSince'],
  ...['endedAt', 'startAt', 'nextDialAt', 'nextRetryAt', 'nextAt', 'deadline', 'drain'],
  ...['port', 'transport', 'outboundProxy', 'authUsername', 'registrar', 'srtp', 'allowedPrefixes'],
]);

const TIME = '2026-11-23T09:00:00.000Z';

/** Makes examples from the schemas of a description: what is answered always has one, and one that fits. */
export class AnswerExamples {
  constructor(private readonly schemas: Readonly<Record<string, ExampleSchema>>) {}

  /** @param owner The named schema that it is of. */
  of(schema: ExampleSchema, owner = '', field = ''): unknown {
    const name = `${owner}.${field}`;
    const wanted = name in VALUES ? VALUES[name] : VALUES[field];
    if (takesNull(schema) && (wanted === null || NULLS.has(field))) return null;
    if (schema.$ref !== undefined) return this.#named(schema.$ref);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) {
      return schema.enum.includes(wanted) ? wanted : schema.enum.find((one) => one !== null);
    }
    const [one] = (schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []).filter(
      ({ type }) => type !== 'null',
    );
    if (one !== undefined) return this.of(one, owner, field);
    const type = [schema.type ?? 'object'].flat().find((each) => each !== 'null');
    if (wanted !== undefined && isOfType(wanted, type)) return wanted;
    return this.#ofType(type, schema, owner);
  }

  #named(reference: string): unknown {
    const name = reference.split('/').at(-1) ?? '';
    return this.of(this.schemas[name] ?? {}, name);
  }

  #ofType(type: string | undefined, schema: ExampleSchema, owner: string): unknown {
    switch (type) {
      case 'string':
        return schema.format === 'date-time' ? TIME : 'text';
      case 'integer':
      case 'number':
        return Math.min(Math.max(schema.minimum ?? 0, 1), schema.maximum ?? 1);
      case 'boolean':
        return true;
      case 'array':
        return schema.items === undefined ? [] : [this.of(schema.items, owner)];
      default:
        return Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, property]) => [
            name,
            this.of(property, owner, name),
          ]),
        );
    }
  }
}

const takesNull = ({ type, anyOf }: ExampleSchema): boolean =>
  [type ?? []].flat().includes('null') || anyOf?.some((one) => one.type === 'null') === true;

function isOfType(value: unknown, type: string | undefined): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
