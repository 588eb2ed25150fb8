import type { TransportName, TransportPath } from '../transaction/transport-path.ts';

/** What is known about the way to a URI without asking anybody. */
export type FoundRoute =
  | { readonly kind: 'path'; readonly path: TransportPath }
  /** The host is a name: `resolve` has to be asked, which may choose another transport if the URI names none. */
  | { readonly kind: 'name'; readonly transport: TransportName }
  | { readonly kind: 'unusable'; readonly problem: RouteProblem };

/** Why there is no way to a URI. */
export type RouteProblem =
  'invalidUri' | 'unsupportedScheme' | 'transportNotAvailable' | 'ourselves';

/** Why a lookup found no way. */
export type LookupProblem =
  | 'unknownName'
  /** The name servers could not be asked, or did not know what to say. */
  | 'nameServersFailed';

/** What a lookup found. */
export interface Located {
  /** In the order they are to be tried. */
  readonly paths: readonly TransportPath[];
  /** Why there are no paths. */
  readonly problem?: LookupProblem;
}

/** Finds the way to the host of a URI (RFC 3263), and learns from those who went it. */
export interface RouteFinder {
  find(uri: string): FoundRoute;
  /**
   * Calls `resolved` once, later.
   *
   * @param callId Whose request it is: the target that answered an earlier request with the same Call-ID comes first,
   *   because it alone may know the nonce of a challenge or the dialog.
   */
  resolve(uri: string, callId: string, resolved: (located: Located) => void): void;
  /**
   * The paths for a request of that size: a long one goes by TCP before it goes by UDP, unless its URI asks for UDP
   * (RFC 3261 section 18.1.1).
   */
  forSize(
    uri: string,
    paths: readonly TransportPath[],
    sizeBytes: number,
  ): readonly TransportPath[];
  /** A target answered a request with that Call-ID. */
  answered(path: TransportPath, callId: string): void;
  /**
   * A target was silent, could not be reached or said 503: others are to be tried before it for a while.
   *
   * @param restSeconds For how long, where the target said so.
   */
  failed(path: TransportPath, restSeconds?: number): void;
}
