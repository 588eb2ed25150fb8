import type { ErrorCode, Event } from '#sdk';
import { targetHost } from './call-states.ts';
import { bytesText } from './amounts.ts';
import { durationText } from './times.ts';
import { faultText } from './verdicts.ts';

/** What kind of thing has happened: an icon and a colour stand for it. */
export type EventTone = 'call' | 'good' | 'output' | 'sound' | 'keys' | 'warning' | 'bad' | 'over';

interface EventWords {
  readonly tone: EventTone;
  readonly text: string;
}

type Data = Event['data'];

/** A field as text; what is no text or number is left out. */
function field(data: Data, name: string): string {
  const value = data[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const record = (value: unknown): Data | undefined =>
  typeof value === 'object' && value !== null ? (value as Data) : undefined;

/** The code and detail of `data`, in plain words; empty where there is none. */
function fault(data: Data | undefined): string {
  const code = data?.['code'];
  if (data === undefined || typeof code !== 'string') return '';
  // A code that is not known is shown as it is.
  return faultText({ code: code as ErrorCode, detail: field(data, 'detail') });
}

/** `text: more`, where there is more. */
const and = (text: string, more: string): string => (more === '' ? text : `${text}: ${more}`);
const target = (data: Data): string => targetHost(field(data, 'url')) || 'an output';
const seconds = (data: Data, name: string): string =>
  durationText(Number(field(data, name)) * 1_000);

const HELD_BY: { readonly [who: string]: string } = {
  us: 'On hold, by command',
  them: 'The callee has put the call on hold',
  both: 'On hold, by command and by the callee',
};

type Words = (data: Data) => EventWords;

const say = (tone: EventTone, text: string): Words => {
  const words = { tone, text };
  return () => words;
};

const EVENTS: { readonly [type: string]: Words } = {
  'call.queued': say('call', 'Placed in the queue'),
  'call.waiting_for_trunk': (data) => ({
    tone: 'call',
    text: and(`Waits for its turn on the trunk ${field(data, 'trunk')}`, field(data, 'reason')),
  }),
  'call.claimed': (data) => ({ tone: 'call', text: `Taken by node ${field(data, 'node')}` }),
  'call.dialing': say('call', 'Dialling'),
  'call.ringing': say('call', 'It rings'),
  'call.early_media': say('call', 'Sound comes before the answer'),
  'call.answered': say('good', 'Answered'),
  'call.held': (data) => ({
    tone: 'warning',
    text: HELD_BY[field(data, 'heldBy')] ?? 'On hold',
  }),
  'call.resumed': say('good', 'Off hold: the sound goes on'),
  'call.muted': say('warning', 'Muted: silence goes on air'),
  'call.unmuted': say('good', 'Unmuted'),
  'call.transferred': (data) => ({
    tone: 'call',
    text: `Moved from node ${field(data, 'from')} to ${field(data, 'to')}`,
  }),
  'call.leg_lost': (data) => ({
    tone: 'warning',
    text: and('The call was lost; the air is held with silence', fault(data)),
  }),
  'call.redial_planned': (data) => ({
    tone: 'warning',
    text: `${fault(data)}. Dialled again in ${seconds(data, 'delaySeconds')} (${field(data, 'attempt')})`,
  }),
  'call.failed_over': (data) => ({
    tone: 'warning',
    text: `Its node ${field(data, 'node')} was lost: another one takes the call`.replace('  ', ' '),
  }),
  'call.ending': (data) => ({ tone: 'over', text: and('Ending', fault(record(data['verdict']))) }),
  'call.ended': (data) => {
    const verdict = record(data['verdict']);
    const tone = verdict?.['result'] === 'failed' ? 'bad' : 'over';
    return { tone, text: and('Ended', fault(verdict)) };
  },
  'dtmf.sent': say('keys', 'Keys were pressed'),
  'dtmf.failed': (data) => ({ tone: 'bad', text: and('Keys were not pressed', fault(data)) }),
  'output.added': (data) => ({ tone: 'output', text: `Output added: ${target(data)}` }),
  'output.connecting': (data) => ({
    tone: 'output',
    text: `Connects to ${target(data)}${Number(field(data, 'attempt')) > 1 ? `, attempt ${field(data, 'attempt')}` : ''}`,
  }),
  'output.publishing': (data) => ({ tone: 'good', text: `On air at ${target(data)}` }),
  'output.interrupted': (data) => ({
    tone: 'warning',
    text: and(`Interrupted at ${target(data)}`, fault(record(data['error']))),
  }),
  'output.moved': (data) => ({
    tone: 'output',
    text: `The server asks to go on at ${targetHost(field(data, 'to'))}`,
  }),
  'output.congested': (data) => ({
    tone: 'warning',
    text: `The server is too slow: ${field(data, 'droppedTags')} pieces of media were dropped`,
  }),
  'output.rested': (data) => ({ tone: 'output', text: `At rest again: ${target(data)}` }),
  'output.closed': (data) => ({ tone: 'over', text: `Closed: ${target(data)}` }),
  'output.failed': (data) => ({
    tone: 'bad',
    text: and(`Given up: ${target(data)}`, fault(record(data['error']))),
  }),
  'recording.started': (data) => ({
    tone: 'output',
    text: `Recording to ${field(data, 'file')}`,
  }),
  'recording.converting': (data) => ({
    tone: 'output',
    text: `Recording is made ready: ${field(data, 'percent')} %`,
  }),
  'recording.ready': (data) => ({
    tone: 'good',
    text: `Recording is ready: ${field(data, 'file')}, ${seconds(data, 'seconds')}, ${bytesText(Number(field(data, 'bytes')))}`,
  }),
  'recording.failed': (data) => ({
    tone: 'bad',
    text: and('Recording failed', field(data, 'reason')),
  }),
  'media.timeout': (data) => ({
    tone: 'warning',
    text: `No packets came for ${seconds(data, 'seconds')}`,
  }),
  'media.silent': (data) => ({ tone: 'warning', text: `Silent for ${seconds(data, 'seconds')}` }),
  'media.resumed': (data) => ({
    tone: 'sound',
    text: `Sound is back after ${seconds(data, 'seconds')}`,
  }),
  'media.clipping': (data) => ({
    tone: 'warning',
    text: `Too loud: ${field(data, 'percent')} % of the sound is clipped`,
  }),
};

/** An event as a sentence; one of a newer API by its name. */
export const eventWords = ({ type, data }: Pick<Event, 'type' | 'data'>): EventWords =>
  (Object.hasOwn(EVENTS, type) ? EVENTS[type] : undefined)?.(data) ?? { tone: 'call', text: type };
