/** One option of a command. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly multiple?: true;
  readonly short?: string;
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly text: string;
}

/** One command: how it is written, and what its help says. */
export interface CommandSpec {
  /** What stands behind the name: in the help, how many, and in words. */
  readonly takes: {
    readonly usage: string;
    readonly least: number;
    readonly most: number;
    readonly words: string;
  };
  readonly summary: string;
  readonly details?: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
}

/** Options of every command. */
export const GLOBAL_OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    text: 'address of the API (CALLCAST_URL; else of the Callcast that runs in this repository)',
  },
  'key-file': {
    type: 'string',
    value: 'FILE',
    text: 'file that holds the API key (CALLCAST_API_KEY)',
  },
  json: { type: 'boolean', text: 'JSON, one object a line' },
  help: { type: 'boolean', short: 'h', text: 'this text' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const APP_KEY: OptionSpec = {
  type: 'string',
  value: 'APP',
  text: 'for operators: only calls of this app',
};

const NOTHING = { usage: '', least: 0, most: 0, words: 'no arguments' };

/** Every command. */
export const COMMANDS = {
  call: {
    takes: {
      usage: 'ADDRESS',
      least: 0,
      most: 1,
      words: 'one SIP address: sip:room@sip.example.com',
    },
    summary: 'dials a SIP address, puts it on air, and follows the call to its end',
    details:
      'The stream key of each output, and the password of --username, are asked for at the terminal or read from standard\n' +
      'input, one a line in this order: everybody on this machine can read arguments. Ctrl-C leaves; the call goes on.',
    options: {
      output: {
        type: 'string',
        multiple: true,
        short: 'o',
        value: 'URL',
        text: 'RTMP server and application, rtmp://host/app, or file:NAME; may be repeated',
      },
      username: { type: 'string', value: 'NAME', text: 'user of the digest login' },
      from: { type: 'string', value: 'USER', text: 'user who calls (that of --username)' },
      'display-name': { type: 'string', value: 'NAME', text: 'name of who calls' },
      trunk: { type: 'string', value: 'NAME', text: 'trunk that the call goes out through' },
      register: { type: 'boolean', text: 'register before the call' },
      'call-id': { type: 'string', value: 'NAME', text: 'your own name for the call' },
      metadata: {
        type: 'string',
        multiple: true,
        value: 'NAME=TEXT',
        text: 'kept with the call; may be repeated',
      },
      body: {
        type: 'string',
        value: 'FILE',
        text: 'the whole request as JSON instead, - for standard input',
      },
      detach: { type: 'boolean', short: 'd', text: 'do not wait for anything' },
    },
    examples: [
      'callcast call sip:room@sip.example.com --output rtmp://live.example.com/live',
      'callcast call sip:room@sip.example.com --username studio -o rtmp://live.example.com/live < secrets.txt',
      'callcast call +4930123456 --trunk carrier-eu -o file:interview --detach',
      'callcast call --body call.json --json',
    ],
  },
  list: {
    takes: NOTHING,
    summary: 'lists calls, newest first',
    options: {
      state: { type: 'string', value: 'STATES', text: 'only these, with commas between' },
      'app-key': APP_KEY,
      limit: { type: 'string', value: 'N', text: 'at most so many (50)' },
      all: { type: 'boolean', text: 'all of them' },
    },
    examples: ['callcast list', 'callcast list --state up,held', 'callcast list --all --json'],
  },
  watch: {
    takes: { usage: '[CALL]', least: 0, most: 1, words: 'one call, or none for all' },
    summary: 'tells what happens: to one call until it has ended, or to all until Ctrl-C',
    details: 'With a call the exit code says how it has ended.',
    options: {
      types: {
        type: 'string',
        value: 'EVENTS',
        text: 'of all calls: only such as call.*,output.failed',
      },
      after: {
        type: 'string',
        value: 'ID',
        text: 'of all calls: go on after this place of the feed; 0 is the beginning',
      },
      'app-key': APP_KEY,
    },
    examples: [
      'callcast watch --types call.*,output.failed',
      'callcast watch call_01jz…',
      'callcast watch --after 0 --json',
    ],
  },
  hangup: {
    takes: { usage: 'CALL...', least: 1, most: 1000, words: 'the ids of calls' },
    summary: 'hangs up calls, or takes them off the queue',
    options: {},
    examples: ['callcast hangup call_01jz…', 'callcast hangup call_01jz… call_01k0…'],
  },
  dtmf: {
    takes: { usage: 'CALL [KEYS]', least: 1, most: 2, words: 'a call and the keys' },
    summary: 'presses keys in an answered call: 0-9 A-D * #, and w for half a second',
    details:
      'A PIN is better left out of the command line: without KEYS they are asked for, or read from standard input.',
    options: {
      method: { type: 'string', value: 'METHOD', text: 'rfc4733 or info (what the callee takes)' },
    },
    examples: ['callcast dtmf call_01jz… 1w2#', 'callcast dtmf call_01jz… < pin.txt'],
  },
  doctor: {
    takes: { usage: '[URL]', least: 0, most: 1, words: 'one URL: rtmp://host/application' },
    summary:
      'says what is missing on this machine; with a URL, whether that RTMP target takes a stream',
    details: 'The same as `npm run doctor`. The stream key and the password are asked for.',
    options: {
      username: {
        type: 'string',
        value: 'NAME',
        text: 'of servers that ask publishers for a login',
      },
      platform: {
        type: 'string',
        value: 'NAME',
        text: 'whose rules are looked at: youtube, facebook, twitch, wowza, generic',
      },
    },
    examples: ['callcast doctor', 'callcast doctor rtmp://live.example.com/live'],
  },
  'hooks listen': {
    takes: NOTHING,
    summary: 'takes deliveries of hooks on this machine, and prints and verifies them',
    details:
      'The secret of the hook comes from a file or from CALLCAST_HOOK_SECRETS, with commas between two. With --register it\n' +
      'makes a hook of its own instead, and takes it away at the end; the API then has to reach this machine, by the URL of\n' +
      'a tunnel or, where it runs here too, with CALLCAST_HOOKS_ALLOW=127.0.0.1. What can be believed is answered with 204,\n' +
      'what cannot with 400.',
    options: {
      port: { type: 'string', value: 'N', text: 'port on 127.0.0.1 (a free one)' },
      'secret-file': {
        type: 'string',
        value: 'FILE',
        text: 'file that holds the secret of the hook (whsec_…)',
      },
      register: { type: 'boolean', text: 'make a hook for this, and take it away at the end' },
      'public-url': {
        type: 'string',
        value: 'URL',
        text: 'with --register: where the API reaches this (http://127.0.0.1:PORT/)',
      },
      events: {
        type: 'string',
        multiple: true,
        value: 'EVENTS',
        text: 'with --register: such as call.*,output.failed; may be repeated (all)',
      },
      dialect: {
        type: 'string',
        value: 'NAME',
        text: 'with --register: standard or wcs (standard)',
      },
      count: { type: 'string', value: 'N', text: 'end after so many deliveries' },
    },
    examples: [
      'callcast hooks listen --port 8080 --secret-file hook.secret',
      'callcast hooks listen --register --events call.ended --json --count 10',
    ],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;

export type CommandName = keyof typeof COMMANDS;

/** Words that a command is called by: one, or two. */
export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];
