import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  Outlet,
  RouterProvider,
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
} from '@tanstack/react-router';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { CallcastError } from '#sdk';
import type { Call, Callcast, Command, Delivery, Event, ListenOptions, SipMessage } from '#sdk';
import { CallBoard } from '../live/call-board.ts';
import { LiveLine } from '../live/live-line.ts';
import { LiveContext } from '../live/use-live.ts';
import { SignedInContext } from '../session/use-session.ts';
import type { Session } from '../session/session.ts';
import { CallPage } from './call-page.tsx';

const CALL: Call = {
  ...{ id: 'call-1', callId: 'mine', appKey: 'default', state: 'up', epoch: 1, node: 'node-1' },
  ...{ broadcast: 'live', muted: false, heldBy: null, to: 'sip:room@example.com', trunk: null },
  ...{ createdAt: '2026-01-01T00:00:00Z', answeredAt: '2026-01-01T00:00:02Z', endedAt: null },
  ...{ startAt: null, nextDialAt: null, redials: 0, priority: 0, verdict: null, metadata: {} },
  media: { direction: 'recvonly', path: 'rtp > aac(pcm)', codecs: ['PCMU'], srtp: 'off' },
  from: { user: 'studio', displayName: null, domain: null },
  ...{ redial: null, limits: { ringSeconds: 60, maxSeconds: 3_600 } },
  outputs: [
    {
      ...{ id: 'out-1', url: 'rtmp://live.example.com/app', streamKey: 'se…et', role: 'primary' },
      ...{ backupOf: null, state: 'retrying', attempts: 3, nextRetryAt: '2026-01-01T00:00:09Z' },
      ...{ audioCodec: null, error: { code: 'RTMP_LOST', detail: 'reset' } },
    },
  ],
};

const event = (seq: number, type: string): Event => ({
  ...{ id: `event-${seq}`, callId: 'call-1', seq, epoch: 1, type, data: {} },
  at: `2026-01-01T00:00:0${seq}Z`,
});

const DELIVERY: Delivery = {
  ...{ id: 'delivery-1', hookId: 'hook-1', callId: 'call-1', eventId: 'event-1' },
  ...{ type: 'call.queued', seq: 1, path: '', state: 'failed', attempts: 8, nextAt: null },
  ...{ createdAt: '2026-01-01T00:00:00Z', settledAt: '2026-01-01T00:00:05Z' },
};

const message = (seq: number, direction: SipMessage['direction'], summary: string) => ({
  ...{ at: '2026-01-01T00:00:01Z', epoch: 1, seq, direction, summary },
  text: `${summary}\nCSeq: 1 INVITE`,
});
const SIP = [message(1, 'out', 'INVITE sip:room@example.com'), message(4, 'in', '486 Busy Here')];

const list = <T,>(...items: T[]) => ({
  page: () => Promise.resolve({ items, nextCursor: null }),
  async *pages() {
    yield await Promise.resolve({ items, nextCursor: null });
  },
});

/** An API with one call; what it was asked to do is noted. */
class Api {
  call: Call | CallcastError = CALL;
  scope: Session['scope'] = 'admin';
  readonly done: string[] = [];
  #listen: ListenOptions = {};
  #told: Event[] = [];
  #wake = (): void => undefined;

  readonly callcast = {
    calls: {
      get: () =>
        this.call instanceof CallcastError ? Promise.reject(this.call) : Promise.resolve(this.call),
      list: () => list(),
      events: () => list(event(1, 'call.queued')),
      deliveries: () => list(DELIVERY),
      sip: () => list(...SIP),
      hangUp: (id: string) => this.#note(`hang up ${id}`),
      mute: (id: string) => this.#note(`mute ${id}`),
      retryOutput: (id: string, output: string) => this.#note(`retry ${output} of ${id}`),
      dtmf: (id: string, { digits }: { digits: string }) => this.#note(`press ${digits} in ${id}`),
    },
    events: {
      listen: (_query: unknown, options: ListenOptions) => {
        this.#listen = options;
        return this.#events();
      },
    },
  } as unknown as Callcast;

  tell(told: Event): void {
    this.#told.push(told);
    this.#wake();
  }

  connect(): void {
    this.#listen.onConnect?.();
  }

  #note(what: string): Promise<Pick<Command, 'state'>> {
    this.done.push(what);
    return Promise.resolve({ state: 'done' });
  }

  async *#events(): AsyncGenerator<Event> {
    for (;;) {
      yield* this.#told.splice(0);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

const WAIT = { timeout: 10_000 };

let api: Api;

beforeEach(() => {
  api = new Api();
});

function open(): void {
  const { callcast, scope } = api;
  const line = new LiveLine(callcast);
  const board = new CallBoard(callcast, line, () => () => undefined);
  line.start();
  const root = createRootRoute({ component: Outlet });
  const page = { getParentRoute: () => root, path: '/calls/$callId', component: CallPage };
  const router = createRouter({
    routeTree: root.addChildren([createRoute(page)]),
    history: createMemoryHistory({ initialEntries: ['/calls/call-1'] }),
  });
  const session = { ...{ keyId: 'key-1', appKey: 'default', scope, allApps: false } };
  const signedIn = {
    session: { ...session, csrfToken: 'token', expiresAt: '2026-01-02T00:00:00Z' },
    ...{ callcast, leave: () => Promise.resolve() },
  };
  render(
    <MantineProvider env="test">
      <QueryClientProvider
        client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}
      >
        <SignedInContext value={signedIn}>
          <LiveContext value={{ line, board }}>
            <RouterProvider router={router as never} />
          </LiveContext>
        </SignedInContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const press = async (name: string | RegExp): Promise<void> => {
  fireEvent.click(await screen.findByRole('button', { name }));
  // What the press has asked for is answered.
  await act(() => Promise.resolve());
};

describe('the page of a call', () => {
  it('asks before it hangs up', async () => {
    open();

    await press('Hang up');
    expect(api.done).toEqual([]);
    const dialog = await screen.findByRole('dialog');
    fireEvent.click(within(dialog).getByRole('button', { name: 'Hang up' }));

    await expect.poll(() => api.done, WAIT).toEqual(['hang up call-1']);
  });

  it('lets who may act press keys, by mouse and by keyboard, and says what was sent', async () => {
    open();

    await press('Key #');
    expect(await screen.findByText('#: sent')).toBeTruthy();
    fireEvent.keyDown(screen.getByRole('button', { name: 'Key 1' }), { key: 'd' });

    expect(await screen.findByText('D: sent')).toBeTruthy();
    expect(api.done).toEqual(['press # in call-1', 'press D in call-1']);
  });

  it('connects an output now that waits for its next attempt', async () => {
    open();

    await press('Retry now: live.example.com');

    expect(screen.getByText('The connection broke: reset')).toBeTruthy();
    await expect.poll(() => api.done, WAIT).toEqual(['retry out-1 of call-1']);
  });

  it('shows no buttons to who may only read', async () => {
    api.scope = 'read';
    open();

    expect(await screen.findByRole('heading', { name: CALL.to })).toBeTruthy();
    const acts = /hang up|mute|hold|key|add output|remove|retry/i;
    expect(screen.queryAllByRole('button', { name: acts })).toEqual([]);
    expect(screen.getByRole('button', { name: 'Play' })).toBeTruthy();
  });

  it('tells what happens as it happens', async () => {
    open();
    expect(await screen.findByText('Placed in the queue')).toBeTruthy();

    api.tell(event(2, 'call.ringing'));

    expect(await screen.findByText('It rings')).toBeTruthy();
  });

  it('is read again when something has happened', async () => {
    open();
    await screen.findByRole('button', { name: 'Mute' });
    api.call = { ...CALL, muted: true };

    api.tell(event(2, 'call.muted'));

    expect(await screen.findByRole('button', { name: 'Unmute' })).toBeTruthy();
  });

  it('is read again when the line is back', async () => {
    open();
    await screen.findByRole('button', { name: 'Mute' });
    api.call = { ...CALL, muted: true };

    api.connect();

    expect(await screen.findByRole('button', { name: 'Unmute' })).toBeTruthy();
  });

  it('has the SIP messages folded away, and says which were not kept', async () => {
    open();
    await screen.findByText('Placed in the queue');
    expect(screen.queryByText('486 Busy Here')).toBeNull();

    await press('Show SIP messages');
    fireEvent.click(await screen.findByText('486 Busy Here'));

    expect(screen.getByText('2 messages were not kept')).toBeTruthy();
    expect(screen.getByText(/^486 Busy Here\s+CSeq: 1 INVITE$/)).toBeTruthy();
  });

  it('shows what hooks were told, and leads to them', async () => {
    open();

    expect(await screen.findByText('Given up')).toBeTruthy();
    const link = screen.getByRole('link', { name: 'hook-1' });
    expect(link.getAttribute('href')).toBe('/hooks/hook-1');
  });

  it('tells how a call went', async () => {
    const refusal = { code: 'SIP_BUSY', fault: 'callee', detail: '486 Busy Here' } as const;
    const verdict = { ...refusal, title: 'The callee is busy.', sipStatus: 486 };
    const ended = { state: 'ended', endedAt: '2026-01-01T00:00:03Z', answeredAt: null } as const;
    const media = { ...CALL.media, path: null };
    api.call = { ...CALL, ...ended, media, verdict: { ...verdict, result: 'failed' } };
    open();

    expect(await screen.findByText(/^Busy: the callee refused with 486/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Hang up' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Play' })).toBeNull();
  });

  it('says that there is no such call', async () => {
    api.call = new CallcastError({ code: 'CALL_NOT_FOUND', message: 'None.', status: 404 });
    open();

    expect(await screen.findByRole('heading', { name: 'There is no such call' })).toBeTruthy();
  });

  it('says that the API is away, and asks again', async () => {
    api.call = new CallcastError({ code: 'UNREACHABLE', message: 'No connection.' });
    open();
    expect(await screen.findByText('No connection.')).toBeTruthy();

    api.call = CALL;
    await press('Try again');

    expect(await screen.findByRole('heading', { name: CALL.to })).toBeTruthy();
  });
});
