/** localStorage that holds so many characters. */
export const createFakeStorage = (most = Infinity): Storage => {
  const methods = {
    getItem: (key: string) => (Object.prototype.propertyIsEnumerable.call(storage, key) ? storage[key] as string : null),
    setItem(key: string, value: string) {
      const size = Object.keys(storage).reduce((sum, name) => sum + (name === key ? 0 : name.length + (storage[name] as string).length), 0)
      if (size + key.length + value.length > most) throw new DOMException('full', 'QuotaExceededError')
      storage[key] = value
    },
    removeItem(key: string) { delete storage[key] },
  }
  // As in browsers, the items are the own members.
  const storage = Object.create(methods) as Record<string, unknown>
  return storage as unknown as Storage
}
