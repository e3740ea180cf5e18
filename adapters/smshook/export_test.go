package smshook

// Wait returns when nothing is on its way.
func (h *Hook) Wait() { h.running.Wait() }

// Sign is sign.
var Sign = sign
