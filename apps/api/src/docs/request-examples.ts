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
  '/v1/calls/{id}/dtmf': { digits: 'w1234#' },
  '/v1/calls/{id}/outputs': {
    url: 'rtmp://live2.example.com/live',
    streamKey: 'key-of-the-stream',
    backup: { url: 'rtmp://live3.example.com/live', streamKey: 'key-of-the-stream' },
  },
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
  '/RESTCall/sendDTMF': { callId: 'morning-show', dtmf: '1234#', type: 'RFC2833' },
} as const;
