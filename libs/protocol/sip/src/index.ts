export { SipHeaders } from './message/headers.ts';
export { bodyOf, bodyText, EMPTY_BODY } from './message/message.ts';
export type { SipMessage, SipRequest, SipResponse } from './message/message.ts';
export { SipParseError } from './message/sip-parse-error.ts';
export type { SipParseReason } from './message/sip-parse-error.ts';
export { splitList } from './message/split-list.ts';
export { formatUri, parseUri } from './message/uri.ts';
export type { SipUri } from './message/uri.ts';
export { formatNameAddr, parseNameAddr } from './message/name-addr.ts';
export type { NameAddr } from './message/name-addr.ts';
export { formatVia, parseVia } from './message/via.ts';
export type { Via } from './message/via.ts';
export { parseCSeq } from './message/cseq.ts';
export type { CSeq } from './message/cseq.ts';
export type { Params } from './message/params.ts';
export { buildCancel } from './transaction/follow-up-request.ts';
export { TransactionLayer } from './transaction/layer.ts';
export type {
  DroppedMessages,
  TransactionLayerOptions,
  TransactionUser,
} from './transaction/layer.ts';
export { responseTo } from './transaction/response-to.ts';
export type { ResponseParts } from './transaction/response-to.ts';
export type {
  ClientTransaction,
  ClientTransactionHandlers,
} from './transaction/client-transaction.ts';
export type {
  ServerTransaction,
  ServerTransactionHandlers,
} from './transaction/server-transaction.ts';
export { DEFAULT_SIP_TIMERS, giveUpMs } from './transaction/timer-values.ts';
export type { SipTimerConfig } from './transaction/timer-values.ts';
export { newBranch, tagOf, topVia } from './transaction/transaction-key.ts';
export { isReliable } from './transaction/transport-path.ts';
export type {
  Arrival,
  MessageOutlet,
  PathFailure,
  TransportName,
  TransportPath,
} from './transaction/transport-path.ts';
export { parseSipMessage } from './message/parse-message.ts';
export type { SipFraming } from './message/parse-message.ts';
export { parseCommandMessage } from './message/parse-command-message.ts';
export { buildSipMessage } from './message/build-message.ts';
export { SipStreamFramer } from './message/stream-framer.ts';
export { plainForm } from './message/plain-form.ts';
export { Dialog, dialogKey, sequenceOf } from './dialog/dialog.ts';
export type { RequestContent, RoutedRequest } from './dialog/dialog.ts';
export { newCSeqNumber, newTag, newUuid } from './dialog/identifiers.ts';
export { InviteAnswer } from './dialog/invite-answer.ts';
export type { InviteAnswerHandlers, InviteAnswerOptions } from './dialog/invite-answer.ts';
export { InviteClient } from './dialog/invite-client.ts';
export type { InviteClientHandlers, InviteClientOptions } from './dialog/invite-client.ts';
export { unroutableStatus } from './dialog/unroutable-status.ts';
export { OutgoingRequest, RequestSender } from './dialog/request-sender.ts';
export type {
  FoundRoute,
  OutgoingHandlers,
  RequestSenderOptions,
  RouteFinder,
  RouteProblem,
} from './dialog/request-sender.ts';
