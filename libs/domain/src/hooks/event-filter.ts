const EVENT_FILTER = /^(?:\*|[a-z]+\.(?:\*|[a-z_]+))$/;

/** Whether a text is a filter of events: `*`, `call.*` or `call.ended`. */
export const isEventFilter = (text: string): boolean => EVENT_FILTER.test(text);

/** Whether one of the filters takes events of a type. */
export const takesEvent = (filters: readonly string[], type: string): boolean =>
  filters.some(
    (filter) =>
      filter === '*' ||
      filter === type ||
      (filter.endsWith('.*') && type.startsWith(filter.slice(0, -1))),
  );
