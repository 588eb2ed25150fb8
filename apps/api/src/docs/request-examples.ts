/** A request as somebody might send it first, by path. Addresses are of networks for documentation. */
export const REQUEST_EXAMPLES = {
  '/v1/calls': {
    callId: 'morning-show',
    to: 'sip:room@sip.example.com',
    from: { user: 'studio', displayName: 'Studio 1' },
    auth: { username: 'studio', password: 'password-of-studio' },
    outputs: [{ url: 'rtmp://live.example.com/live', streamKey: 'key-of-the-stream' }],
    metadata: { show: 'news' },
  },
  '/v1/calls:batch': {
    calls: [
      {
        callId: 'news-at-nine',
        to: 'sip:room-1@sip.example.com',
        from: { user: 'studio' },
        startAt: '2026-12-01T09:00:00Z',
        redial: { attempts: 3, backoffSeconds: [30, 120] },
        outputs: [{ url: 'rtmp://live.example.com/live', streamKey: 'key-of-the-news' }],
      },
      {
        callId: 'sports-at-nine',
        to: 'sip:room-2@sip.example.com',
        from: { user: 'studio' },
        priority: 5,
        outputs: [{ url: 'rtmp://live.example.com/live', streamKey: 'key-of-the-sports' }],
      },
    ],
  },
  '/v1/calls/{id}/dtmf': { digits: 'w1234#' },
  '/v1/calls/{id}/mute': { deadlineSeconds: 5 },
  '/v1/calls/{id}/unmute': { deadlineSeconds: 5 },
  '/v1/calls/{id}/hold': { deadlineSeconds: 5 },
  '/v1/calls/{id}/resume': { deadlineSeconds: 5 },
  '/v1/calls/{id}/transfer': {},
  '/v1/outputs/check': {
    url: 'rtmp://live.example.com/live',
    streamKey: 'key-of-the-stream',
    platform: 'youtube',
  },
  '/v1/nodes/{id}/drain': { handOver: true },
  '/v1/calls/{id}/outputs': {
    url: 'rtmp://live2.example.com/live',
    streamKey: 'key-of-the-stream',
    backup: { url: 'rtmp://live3.example.com/live', streamKey: 'key-of-the-stream' },
  },
  '/v1/trunks': {
    name: 'carrier-eu',
    domain: 'sip.carrier.example',
    transport: 'tls',
    username: 'acme',
    password: 'password-of-acme',
    from: { user: '+4930123456' },
    register: true,
    srtp: 'required',
    maxCallsPerSecond: 1,
    maxChannels: 10,
    allowedPrefixes: ['+49'],
  },
  '/v1/hooks': {
    url: 'https://shows.example.com/callcast',
    events: ['call.*', 'output.failed'],
    description: 'The schedule of the shows',
  },
  '/v1/hooks/{id}/rotate-secret': { overlapSeconds: 3600 },
  '/v1/hooks/{id}/redeliver': {
    from: '2026-11-22T20:00:00Z',
    to: '2026-11-22T22:00:00Z',
    states: ['failed'],
  },
  '/v1/apps': {
    appKey: 'radio-north',
    name: 'Radio North',
    limits: { maxCalls: 20, maxCallsPerSecond: 2 },
    allowed: { sipDomains: ['*.sip.example.com'], rtmpHosts: ['live.example.com'] },
  },
  '/v1/keys': { appKey: 'radio-north', name: 'Studio', scope: 'write' },
  '/v1/keys/{id}/rotate': { overlapSeconds: 3600 },
  '/RESTCall/call': {
    callId: 'morning-show',
    callee: 'room',
    rtmpUrl: 'rtmp://live.example.com/live',
    rtmpStream: 'key-of-the-stream',
    hasAudio: 'true',
    hasVideo: 'false',
    connection: {
      sipLogin: 'studio',
      sipAuthenticationName: 'studio',
      sipPassword: 'password-of-studio',
      sipDomain: 'sip.example.com',
      sipPort: '5060',
      sipRegisterRequired: 'false',
      appKey: 'callApp',
    },
  },
  '/rest-api/call/startup': {
    callId: 'evening-show',
    callee: 'room',
    toStream: 'evening-show',
    hasAudio: 'true',
    hasVideo: 'false',
    sipLogin: 'studio',
    sipAuthenticationName: 'studio',
    sipPassword: 'password-of-studio',
    sipDomain: 'sip.example.com',
    sipPort: '5060',
    sipRegisterRequired: 'false',
    appKey: 'defaultApp',
  },
  '/rest-api/call/find': { callId: 'evening-show' },
  '/rest-api/call/terminate': { callId: 'evening-show' },
  '/rest-api/push/find': { streamName: 'evening-show' },
  '/rest-api/push/terminate': { mediaSessionId: 'output_01kas5y7k20000000000000008' },
  '/rest-api/push/mute': { mediaSessionId: 'output_01kas5y7k20000000000000008' },
  '/rest-api/push/unmute': { mediaSessionId: 'output_01kas5y7k20000000000000008' },
  '/RESTCall/getStatus': { callId: 'morning-show' },
  '/RESTCall/hangup': { callId: 'morning-show' },
  '/rest-api/call/send_dtmf': { callId: 'evening-show', dtmf: '1234#', type: 'RFC2833' },
  '/rest-api/push/startup': {
    streamName: 'evening-show',
    rtmpUrl: 'rtmp://live.example.com/live',
  },
  '/RESTCall/sendDTMF': { callId: 'morning-show', dtmf: '1234#', type: 'RFC2833' },
} as const;

/** The same for changes of what is there. */
export const CHANGE_EXAMPLES = {
  '/v1/trunks/{trunk}': { maxChannels: 20, enabled: true },
  '/v1/apps/{appKey}': { limits: { maxCalls: 40 }, allowed: { rtmpHosts: null } },
  '/v1/hooks/{id}': { events: ['call.*', 'output.failed'], enabled: true },
} as const;

/** What is answered as text, by path. */
export const TEXT_EXAMPLES: Readonly<Record<string, string>> = {
  '/metrics': '# TYPE callcast_event_clients gauge\ncallcast_event_clients 2\n',
  '/RESTCall/getStatus': 'ESTABLISHED',
  '/v1/events':
    'retry: 1000\nid: 7012-55\n\nid: 7013-56\nevent: call.ringing\ndata: {"id":"evt_01kas5y7k20000000000000009","callId":"call_01kas5y7k20000000000000007",' +
    '"seq":3,"epoch":1,"type":"call.ringing","at":"2026-11-23T09:00:00.000Z","data":{}}\n\n',
};
