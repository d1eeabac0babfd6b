/** The phone's way to its exchange: tickets, calls, the WebSocket, pushed events. */
export const createExchange = (t, { onPush, onLine, onTicket, pingEvery = 10_000 }) => {
  let ticket
  let socket
  let wanted = false
  let wait = 500

  const post = async (path, body) => {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(ticket && { authorization: `Bearer ${ticket}` }) },
      body: JSON.stringify(body ?? {}),
    })
    const answer = response.status === 204 ? {} : await response.json()
    if (!response.ok) throw Object.assign(new Error(answer.message ?? `the exchange answered ${response.status}`), { code: answer.code })
    return answer
  }

  const take = (answer) => {
    ;({ ticket } = answer)
    onTicket('good')
    return answer
  }

  const refresh = async () => {
    try {
      take(await post('/ticket/refresh'))
      return true
    } catch (error) {
      onTicket('cannot be refreshed')
      t.$error('cannot refresh the ticket', error, { category: 'request' })
      return false
    }
  }

  const connect = () => {
    wanted = true
    socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws?ticket=${ticket}`)
    socket.addEventListener('open', () => {
      wait = 500
      onLine('open')
      socket.send('ping')
    })
    socket.addEventListener('close', ({ code }) => {
      onLine(`closed ${code}`)
      if (wanted) setTimeout(connect, (wait = Math.min(wait * 2, 10_000)))
    })
  }
  setInterval(() => {
    if (socket?.readyState === WebSocket.OPEN) socket.send('ping')
  }, pingEvery)

  return {
    async login(who) {
      take(await post('/ticket/login', who))
      connect()
      const events = new EventSource(`/events?ticket=${ticket}`)
      for (const type of ['call.incoming', 'seat.warning']) events.addEventListener(type, ({ data }) => onPush(JSON.parse(data)))
    },
    /** Asks for something about a call. Where the ticket is old, it is refreshed, and the same asked again, once. */
    async call(action, callId) {
      try {
        return await post(`/call/${action}`, { callId })
      } catch (error) {
        if (error.code !== 'TICKET_EXPIRED') throw error
        onTicket('expired')
        if (!(await refresh())) throw error
        return post(`/call/${action}`, { callId })
      }
    },
    tell: (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message)),
    simulate: (what, body) => post(`/simulate/${what}`, body),
  }
}
