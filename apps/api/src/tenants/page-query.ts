import type { ListOfAppQuery } from '#contracts';
import type { PageQuery } from '#domain';

/** Which part of a list of one app, or of all where none is named. */
export const pageQuery = (
  { cursor, limit }: ListOfAppQuery,
  appKey: string | undefined,
): PageQuery & { readonly appKey?: string } => ({
  limit,
  ...(appKey === undefined ? {} : { appKey }),
  ...(cursor === undefined ? {} : { cursor }),
});
