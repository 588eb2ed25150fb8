export { isHostAllowed } from './apps/allowed-hosts.ts';
export { apiKeyId, isApiKeyId, newApiKey } from './apps/api-key.ts';
export type { RateWindows } from './apps/rate-windows.ts';
export { KEY_SCOPES, NO_APP_LIMITS } from './apps/app-records.ts';
export type {
  Actor,
  AllowedHosts,
  ApiKeyRecord,
  AppLimits,
  AppPatch,
  AppRecord,
  AuditEntry,
  KeyScope,
  NewApiKey,
  NewAuditEntry,
} from './apps/app-records.ts';
export type {
  AppDirectory,
  AppStore,
  AuditTrail,
  KeyHolder,
  KeyRing,
  KeyRotation,
  KeyStore,
  PageQuery,
  StoredKey,
} from './apps/app-store.ts';
export {
  MAX_SESSIONS_OF_KEY,
  SESSION_IDLE_SECONDS,
  SESSION_LONGEST_SECONDS,
} from './apps/session-store.ts';
export type { NewSession, SessionRecord, SessionStore } from './apps/session-store.ts';
export { broadcastOf } from './calls/broadcast.ts';
export type { Broadcast, BroadcastOutput } from './calls/broadcast.ts';
export {
  CALL_DEADLINES,
  LIVE_CALL_STATES,
  callLifecycle,
  canBroadcast,
  isAnswered,
  isLive,
  needsNode,
} from './calls/call-lifecycle.ts';
export type {
  CallEffect,
  CallEvent,
  CallLimits,
  CallState,
  HeldBy,
} from './calls/call-lifecycle.ts';
export type { Announcements, Announcer, CallJobs, CallQueue, DialJob } from './calls/call-queue.ts';
export type {
  CallAdmission,
  CallEventType,
  CallRecord,
  CallSecrets,
  DtmfMethod,
  DtmfOrder,
  EventRecord,
  NewCall,
  NewEvent,
  NewOutput,
  OpenedOutput,
  OutputRecord,
} from './calls/call-records.ts';
export type { CursorSeal, Page } from './calls/page.ts';
export { COMMAND_RULES, USUAL_DEADLINE_SECONDS, muteEvent } from './calls/commands.ts';
export type {
  CommandBook,
  CommandFault,
  CommandMark,
  CommandOrder,
  CommandOutcome,
  CommandRecord,
  CommandReport,
  CommandType,
  NewCommand,
} from './calls/commands.ts';
export { STEADY_LEG_MS, holdMsOf, isFinalForCall, redialDelayMs } from './legs/hold-policy.ts';
export { REDIAL_CODES, redialAfter } from './calls/redial-policy.ts';
export type { PlannedRedial, RedialCode, RedialPolicy } from './calls/redial-policy.ts';
export { limitsOf } from './calls/call-spec.ts';
export type { AudioCodec, CallSpec } from './calls/call-spec.ts';
export { MediaWatch, USUAL_MEDIA_LIMITS, mediaLimitsOf } from './calls/media-watch.ts';
export type { MediaReading } from './calls/media-watch.ts';
export type {
  AudioStats,
  AirCodec,
  CallStats,
  FiguresReceiver,
  FiguresSender,
  LiveFigures,
  OutputStats,
  RefusedStats,
} from './calls/call-stats.ts';
export type {
  AbandonedCall,
  CallChange,
  CallLedger,
  PreferredCall,
  CallPatch,
  CallQuery,
  CallRegistry,
  CallSweeper,
  ClaimedCall,
  EventFeed,
  OutputPatch,
  Transition,
} from './calls/call-store.ts';
export type {
  IdempotencyBook,
  KeptAnswer,
  KeyClaim,
  KeyOutcome,
  KeyedRequest,
} from './idempotency/idempotency-book.ts';
export { verdictOf, verdictOfFault } from './calls/verdict.ts';
export type { Verdict } from './calls/verdict.ts';
export { ERROR_CATALOG, catalogEntry, isErrorCode } from './errors/catalog.ts';
export type { CatalogEntry, ErrorCode, FaultParty, RetryAdvice } from './errors/catalog.ts';
export { Fault } from './errors/fault.ts';
export type { FaultOptions } from './errors/fault.ts';
export type {
  DeliveryDetail,
  DeliveryLog,
  CallDeliveryQuery,
  DeliveryQuery,
  LoggedAttempt,
  Redelivered,
  RedeliveryRange,
} from './hooks/delivery-log.ts';
export { isEventFilter, takesEvent } from './hooks/event-filter.ts';
export type { HookPatch, HookQuery, HookRegistry, NewHook } from './hooks/hook-registry.ts';
export {
  HOOK_FAILING_MS,
  HOOK_RETRY_MS,
  hookRetryMs,
  retryAfterMs,
} from './hooks/retry-schedule.ts';
export { HOOK_DISABLED, NO_CALL } from './hooks/hook-records.ts';
export type {
  ClaimedLanes,
  DeliveryRecord,
  DeliveryState,
  DueDelivery,
  HookAttempt,
  HookDialect,
  HookDisabledReason,
  HookLane,
  HookRecord,
  LaneResult,
  NewDelivery,
} from './hooks/hook-records.ts';
export type {
  DeliveryPlan,
  DisabledNotice,
  HookBacklog,
  HookStore,
  LaneBounds,
  RelayOutcome,
} from './hooks/hook-store.ts';
export type {
  HookAnswer,
  HookFailure,
  HookFailureReason,
  HookPoster,
  HookRequest,
} from './hooks/hook-poster.ts';
export type { HookJobs, HookQueue } from './hooks/hook-queue.ts';
export { HOOK_SECRET_PREFIX, isHookSecret } from './hooks/hook-secret.ts';
export { HookTargets, isHookAllowance } from './hooks/hook-targets.ts';
export type { HookTargetRules } from './hooks/hook-targets.ts';
export { IdFactory, isCallId, isDeliveryId, isHookId, isTrunkId } from './ids.ts';
export type {
  CallId,
  CommandId,
  DeliveryId,
  EventId,
  HookId,
  NodeId,
  OutputId,
  TrunkId,
} from './ids.ts';
export { headerProblems } from './legs/custom-headers.ts';
export type { CustomHeaders, HeaderProblem } from './legs/custom-headers.ts';
export type { Dialer, DialRequest, Leg, LegEnd, LegIdentity, LegObserver } from './legs/dialer.ts';
export type { Binding, RegisterOutcome, Registrar, SipAccount } from './legs/registrar.ts';
export { registrationName } from './legs/registration-book.ts';
export type {
  FoundRegistration,
  RegistrationBook,
  RegistrationClaim,
  RegistrationName,
} from './legs/registration-book.ts';
export {
  REGISTER_SECONDS,
  isFinalRefusal,
  longerExpiresSeconds,
  refreshDelayMs,
  registerRetryMs,
} from './legs/registration-policy.ts';
export { KEPT_SIP_MESSAGES } from './legs/sip-book.ts';
export type { SipBook, SipNote, SipRecord } from './legs/sip-book.ts';
export { drawLifecycle } from './lifecycle/mermaid.ts';
export { defineLifecycle } from './lifecycle/machine.ts';
export type { Lifecycle, LifecycleTable, Move, StepOutcome } from './lifecycle/machine.ts';
export { SURVEY_LIMIT } from './queues/queue-survey.ts';
export type { QueueState, QueueSurvey } from './queues/queue-survey.ts';
export { Admission } from './nodes/admission.ts';
export type { AdmissionOptions, Refusal } from './nodes/admission.ts';
export { capacityFor, costOfCall } from './nodes/call-cost.ts';
export type {
  NodeDrain,
  NodeRecord,
  NodeRefusal,
  NodeRegistry,
  NodeReport,
} from './nodes/node-registry.ts';
export type { LoadReading } from './nodes/overload-gate.ts';
export { OUTPUT_DEADLINES, isOutputLive, outputLifecycle } from './outputs/output-lifecycle.ts';
export type { OutputEffect, OutputEvent, OutputState } from './outputs/output-lifecycle.ts';
export { MAX_LIVE_OUTPUTS } from './outputs/output-registry.ts';
export type {
  AddOutcome,
  OutputRegistry,
  RemoveOutcome,
  RetryOutcome,
  TargetHolder,
} from './outputs/output-registry.ts';
export type { BackupMode, OutputBackup, RetryLimit } from './outputs/output-plan.ts';
export { OutputPatience } from './outputs/reconnect-policy.ts';
export { PLATFORMS, platformFindings, platformOf } from './outputs/platform-rules.ts';
export type { Platform, PlatformFinding, StreamPlan } from './outputs/platform-rules.ts';
export { CHECK_STEPS, judgeTarget } from './outputs/target-check.ts';
export type {
  CheckProblem,
  CheckStep,
  CheckedTarget,
  TargetAttempt,
  TargetCheck,
} from './outputs/target-check.ts';
export { refusalOfAddress } from './targets/public-address.ts';
export { refusalOfHost } from './targets/public-host.ts';
export { healthAfter } from './trunks/trunk-health.ts';
export type { HealthAfter, HealthBefore } from './trunks/trunk-health.ts';
export type { ProbeOutcome, ProbeRequest, Prober } from './trunks/trunk-probe.ts';
export { nextTurn, spacingMsOf } from './trunks/trunk-turns.ts';
export type { TrunkWait, TurnFacts, TurnMove } from './trunks/trunk-turns.ts';
export type {
  DueCheck,
  NewTrunk,
  NextCall,
  TrunkBook,
  TrunkChange,
  TrunkGate,
  TrunkQuery,
  TrunkRegistry,
  TrunkUsage,
  TurnWait,
} from './trunks/trunk-store.ts';
export { accountOfTrunk, destinationProblem, specThrough, trunkUri } from './trunks/trunk.ts';
export type {
  AccountSpec,
  OpenedTrunk,
  TrunkHealth,
  TrunkRecord,
  TrunkSettings,
} from './trunks/trunk.ts';
