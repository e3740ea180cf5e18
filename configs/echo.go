package configs

import "time"

// echoPace is how long the echo model takes for a word: 25 words a second are as fast as
// models that people use, and slow enough to stop an answer.
const echoPace = 40 * time.Millisecond

// echoLatency returns how long the echo model takes for an answer, 0 if that is not set.
func (l *loader) echoLatency() time.Duration {
	if l.EchoLatency == nil {
		return 0
	}
	return *l.EchoLatency
}

// echoPace returns how long the echo model takes for a word, 0 if the time of a whole answer
// is set.
func (l *loader) echoPace() time.Duration {
	if l.EchoLatency != nil {
		return 0
	}
	return echoPace
}
