export { advertisedFor, localAddresses } from './address-settings.ts';
export { apiSettings } from './api-settings.ts';
export { callStatsViewSchema, figuresMessages, readFiguresMessage } from './call-stats.ts';
export type { CallStatsView } from './call-stats.ts';
export {
  checkOutputSchema,
  outputCheckViewSchema,
  targetAttemptRequestSchema,
  targetAttemptSchema,
} from './check-output.ts';
export type { CheckOutput, OutputCheckView, TargetAttemptRequest } from './check-output.ts';
export {
  commandPageSchema,
  commandRequestSchema,
  commandViewSchema,
  pressKeysSchema,
  transferRequestSchema,
} from './commands.ts';
export type {
  CommandPage,
  CommandRequest,
  CommandView,
  PressKeys,
  TransferRequest,
} from './commands.ts';
export { callBatchResultSchema, callBatchSchema } from './call-batch.ts';
export type { CallBatchResult, PlacedCall } from './call-batch.ts';
export { awaitedCallSchema, createCallSchema } from './create-call.ts';
export type { AwaitedCall, CreateCall, CreateCallInput } from './create-call.ts';
export { drachtioUrlSchema } from './drachtio-url.ts';
export type { DrachtioPlace } from './drachtio-url.ts';
export { CHANNELS, FIGURES_CHANNEL, JOB_CATALOG } from './jobs.ts';
export type { JobEntry } from './jobs.ts';
export { drainRequestSchema, nodePageSchema, nodeViewSchema } from './nodes.ts';
export type { DrainRequest, NodePage, NodeView } from './nodes.ts';
export { queuePageSchema } from './queues.ts';
export type { QueuePage, QueueView } from './queues.ts';
export { outputRequestSchema } from './output-request.ts';
export type { OutputRequest } from './output-request.ts';
export { runtimeFileSchema } from './runtime-file.ts';
export type { RuntimeFile } from './runtime-file.ts';
export { sipMessagePageSchema } from './sip-messages.ts';
export type { SipMessagePage, SipMessageView } from './sip-messages.ts';
export { sentenceOf, settingProblems } from './schema-issues.ts';
export type { SchemaIssue } from './schema-issues.ts';
export { eventView } from './event-view.ts';
export { disabledDelivery, hookDeliveries, testDelivery } from './hook-deliveries.ts';
export {
  MAX_REDELIVERED,
  changeHookSchema,
  createHookSchema,
  deliveryDetailViewSchema,
  deliveryPageSchema,
  deliveryViewSchema,
  hookPageSchema,
  hookTestViewSchema,
  hookViewSchema,
  listCallDeliveriesQuerySchema,
  listDeliveriesQuerySchema,
  listHooksQuerySchema,
  newHookViewSchema,
  redeliverSchema,
  redeliveredSchema,
  rotateSecretSchema,
  rotatedSecretSchema,
} from './hooks.ts';
export type {
  ChangeHook,
  CreateHook,
  DeliveryDetailView,
  DeliveryView,
  HookTestView,
  HookView,
  ListDeliveriesQuery,
  NewHookView,
  Redeliver,
  RotateSecret,
  RotatedSecret,
} from './hooks.ts';
export { appLimitsOf } from './limit-settings.ts';
export { hookTargetsOf } from './hook-settings.ts';
export { KNOWN_SETTINGS, unknownSettings, withoutEmpty } from './settings.ts';
export {
  advertisingProblems,
  signallingConfig,
  signallingSettings,
} from './signalling-settings.ts';
export type { SignallingConfig } from './signalling-settings.ts';
export { storeSettings } from './store-settings.ts';
export {
  appPageSchema,
  appViewSchema,
  auditPageSchema,
  changeAppSchema,
  createAppSchema,
  createKeySchema,
  keyPageSchema,
  keyViewSchema,
  listOfAppQuerySchema,
  newKeyViewSchema,
  rotateKeySchema,
} from './tenants.ts';
export type {
  AppView,
  AuditView,
  ChangeApp,
  CreateApp,
  CreateKey,
  KeyView,
  ListOfAppQuery,
  NewKeyView,
  RotateKey,
} from './tenants.ts';
export { recordingName, sipUriParts } from './text-fields.ts';
export type { SipUriParts } from './text-fields.ts';
export {
  changeTrunkSchema,
  createTrunkSchema,
  listTrunksQuerySchema,
  trunkPageSchema,
  trunkTestViewSchema,
  trunkTrialRequestSchema,
  trunkTrialSchema,
  trunkViewSchema,
} from './trunks.ts';
export type { ChangeTrunk, CreateTrunk, TrunkTestView, TrunkTrial, TrunkView } from './trunks.ts';
export {
  callPageSchema,
  callStateSchema,
  callViewSchema,
  eventPageSchema,
  eventViewSchema,
  listCallsQuerySchema,
  listEventsQuerySchema,
  outputViewSchema,
  problemSchema,
} from './views.ts';
export type { CallView, EventView, ListCallsQuery, OutputView, Problem } from './views.ts';
export { keyInUrl } from './url-key.ts';
export {
  wcs5CallFilterSchema,
  wcs5CallSchema,
  wcs5PushFilterSchema,
  wcs5PushIdSchema,
  wcs5PushSchema,
  wcsCallIdSchema,
  wcsCallSchema,
  wcsDtmfSchema,
} from './wcs.ts';
export type { Wcs5Call, Wcs5Push, WcsCall } from './wcs.ts';
export { wcsCallListSchema, wcsCallObject } from './wcs-call-object.ts';
export type { WcsCallObject } from './wcs-call-object.ts';
export { wcsStatusOf, wcsStreamStatusOf } from './wcs-status.ts';
export type { WcsStreamStatus } from './wcs-status.ts';
export { MIN_JITTER_MS, workerSettings } from './worker-settings.ts';
export type { AacChoice, WorkerRole } from './worker-settings.ts';
