export const en = {
  title: 'This page’s log', remote: 'Log of the server', close: 'Close', right: 'Dock at the right', resize: 'Height of the log',
  query: 'Filter, such as level>=warn or callId:c-17', of: '{0} of {1}', events: '{0} events', allForms: 'all forms', anyCategory: 'any category', forms: 'Forms', categories: 'Category', time: 'Time',
  anyTime: 'any time', minutes: 'last {0} min', here: 'This device', server: 'Server', 
  stored: 'stored', waiting: 'waiting', local: 'only on this device', uploading: '{0} stored, {1} waiting', noUpload: 'not uploaded', trouble: 'upload in trouble',
  share: 'Share code', makeCode: 'Make a share code', sharing: 'Uploading…', shareSaid: 'Read it to whoever helps you: share:{0} as a search opens {1} events on the server.', shareFailed: 'The events could not be uploaded: {0}',
  noReport: 'Logs of this page are not uploaded, so there is no code. Save them as a file.', copy: 'Copy', copied: 'Copied', save: 'Save as file', upload: 'Upload', mode: 'mode', dropped: 'left out', error: 'last error', stream: 'stream',
  log: 'Log', filters: 'Filters', empty: 'No event was logged yet.', none: 'None of {0} events passes the filters.', older: '{0} older events are not shown.', rows: 'row', open: 'open', toQuery: 'query',
  list: 'Events', more: '+ {0} of other files', token: 'Read token (vt_…)', expired: 'This link’s time is over. Ask for a new one.', revoked: 'This link was taken back. Ask for a new one.', unknown: 'This link does not work: it was never made here, or it ended long ago.', unreachable: 'The server cannot be reached: {0}', until: 'until {0}',
}

export type TextName = keyof typeof en
export type Texts = (name: TextName, ...values: readonly (string | number)[]) => string

/** Texts in the language of the navigator, or of an option. */
export const textsFor = async (language: string): Promise<Texts> => {
  const isChinese = language.toLowerCase().startsWith('zh')
  const all = isChinese ? (await import('./zh')).zh : en
  const format = new Intl.NumberFormat(isChinese ? 'zh' : 'en')
  return (name, ...values) => all[name].replace(/\{(\d)\}/g, (_, at: string) => {
    const value = values[Number(at)] ?? ''
    return typeof value === 'number' ? format.format(value) : value
  })
}
