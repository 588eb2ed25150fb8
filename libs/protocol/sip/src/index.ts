export { SipHeaders } from './message/headers.ts';
export { bodyOf, EMPTY_BODY } from './message/message.ts';
export type { SipMessage, SipRequest, SipResponse } from './message/message.ts';
export { malformedStatus } from './message/malformed-status.ts';
export { SipParseError } from './message/sip-parse-error.ts';
export type { SipParseReason } from './message/sip-parse-error.ts';
export { splitList } from './message/split-list.ts';
export { formatUri, parseUri } from './message/uri.ts';
export type { SipUri } from './message/uri.ts';
export { formatNameAddr, parseNameAddr } from './message/name-addr.ts';
export { formatVia } from './message/via.ts';
export type { Via } from './message/via.ts';
export { parseCSeq } from './message/cseq.ts';
export { TransactionLayer } from './transaction/layer.ts';
export type { Admission, DroppedMessages, TransactionUser } from './transaction/layer.ts';
export { responseTo } from './transaction/response-to.ts';
export type { ServerTransaction } from './transaction/server-transaction.ts';
export { DEFAULT_SIP_TIMERS, giveUpMs } from './transaction/timer-values.ts';
export type { SipTimerConfig } from './transaction/timer-values.ts';
export { tagOf, topVia } from './transaction/transaction-key.ts';
export type {
  Arrival,
  MessageOutlet,
  PathFailure,
  TransportName,
  TransportPath,
} from './transaction/transport-path.ts';
export { parseSipMessage } from './message/parse-message.ts';
export { parseCommandMessage } from './message/parse-command-message.ts';
export { buildSipMessage } from './message/build-message.ts';
export { SipStreamFramer } from './message/stream-framer.ts';
export { plainForm } from './message/plain-form.ts';
export { Dialog, sequenceOf } from './dialog/dialog.ts';
export type { RequestContent } from './dialog/dialog.ts';
export { newCSeqNumber, newTag, newUuid } from './dialog/identifiers.ts';
export { InviteAnswer } from './dialog/invite-answer.ts';
export { KeepAlive } from './dialog/keep-alive.ts';
export { endsCall } from './dialog/response-effect.ts';
export {
  isReliableProvisional,
  parseRAck,
  supportsReliableProvisionals,
} from './dialog/reliable-provisionals.ts';
export { InviteClient } from './dialog/invite-client.ts';
export type { AwaitedPrack } from './dialog/early-dialogs.ts';
export type { InviteClientHandlers } from './dialog/invite-client.ts';
export {
  grantedTerms,
  minSessionExpiresOf,
  sessionExpiresOf,
  supportsSessionTimer,
} from './dialog/session-expires.ts';
export type { SessionTerms } from './dialog/session-expires.ts';
export { SessionTimer } from './dialog/session-timer.ts';
export { undeliveredStatus } from './dialog/undelivered-status.ts';
export { unroutableStatus } from './dialog/unroutable-status.ts';
export { RequestSender } from './dialog/request-sender.ts';
export type { OutgoingHandlers, OutgoingRequest } from './dialog/outgoing-request.ts';
export { TargetLocator } from './location/target-locator.ts';
export type { LocalReach } from './location/target-locator.ts';
export type { NameAnswer, NameService, NaptrRecord, SrvRecord } from './location/name-service.ts';
export type { FoundRoute, Located, RouteFinder, RouteProblem } from './location/route-finder.ts';
export { redactSip } from './redaction/redact-sip.ts';
