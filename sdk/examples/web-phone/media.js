/** The sound of a call: two real connections in this page, one playing the customer. */

/** The microphone, or a tone where there is none or it is not given. */
const sound = async () => {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true })
  } catch {
    const context = new AudioContext()
    const tone = new OscillatorNode(context, { frequency: 440 })
    const out = context.createMediaStreamDestination()
    tone.connect(out)
    tone.start()
    return out.stream
  }
}

export const openMedia = async (audio) => {
  const stream = await sound()
  const [seat, customer] = [new RTCPeerConnection(), new RTCPeerConnection()]
  seat.addEventListener('icecandidate', ({ candidate }) => candidate && customer.addIceCandidate(candidate))
  customer.addEventListener('icecandidate', ({ candidate }) => candidate && seat.addIceCandidate(candidate))
  seat.addEventListener('track', ({ streams }) => {
    audio.muted = true // it is one's own voice that comes back
    audio.srcObject = streams[0] ?? null
  })
  // The customer says what they hear.
  customer.addEventListener('track', ({ track, streams }) => customer.addTrack(track, ...streams))
  for (const track of stream.getTracks()) seat.addTrack(track, stream)

  await seat.setLocalDescription(await seat.createOffer())
  await customer.setRemoteDescription(seat.localDescription)
  await customer.setLocalDescription(await customer.createAnswer())
  await seat.setRemoteDescription(customer.localDescription)

  return {
    mute: (on) => stream.getTracks().forEach((track) => { track.enabled = !on }),
    close() {
      seat.close()
      customer.close()
      stream.getTracks().forEach((track) => track.stop())
      audio.srcObject = null
    },
  }
}
