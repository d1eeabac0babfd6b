/** The version of the package, as the envelope names it. */
export const version = '0.1.0'
