package redis

// topic is a channel with its subscriptions.
type topic struct {
	channel       string
	subscriptions []*subscription
	subscribed    bool // whether the last command for the channel was SUBSCRIBE
	unconfirmed   int  // commands for the channel that the server has not confirmed
	queued        bool // whether the topic is in connection.queue
}

// inEffect reports whether the server sends the messages of the channel.
func (t *topic) inEffect() bool { return t.subscribed && t.unconfirmed == 0 }

// enqueue makes the sender check whether the topic needs a command. The caller holds the lock.
func (c *connection) enqueue(t *topic) {
	if t.queued {
		return
	}
	t.queued = true
	c.queue = append(c.queue, t)
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// add adds a subscription to a channel.
func (c *connection) add(channel string, w wanted) *subscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.topics[channel]
	if t == nil {
		t = &topic{channel: channel}
		c.topics[channel] = t
	}
	sub := &subscription{
		conn:    c,
		topic:   t,
		index:   len(t.subscriptions),
		notices: make(chan struct{}, 1),
		wanted:  w,
	}
	t.subscriptions = append(t.subscriptions, sub)
	if t.inEffect() {
		sub.notify()
	}
	c.enqueue(t)
	return sub
}

// remove removes a subscription. If it was the last one of its channel, the sender
// unsubscribes from the channel.
func (c *connection) remove(sub *subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := sub.topic
	last := len(t.subscriptions) - 1
	t.subscriptions[sub.index] = t.subscriptions[last]
	t.subscriptions[sub.index].index = sub.index
	t.subscriptions[last] = nil
	t.subscriptions = t.subscriptions[:last]
	if last == 0 {
		c.enqueue(t)
	}
}

// takeChanges empties the queue. It returns the channels to subscribe to and those to
// unsubscribe from. The caller must send both commands.
func (c *connection) takeChanges() (subscribe, unsubscribe []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.queue {
		t.queued = false
		wanted := len(t.subscriptions) > 0
		switch {
		case wanted && !t.subscribed:
			subscribe = append(subscribe, t.channel)
			t.unconfirmed++
		case !wanted && t.subscribed:
			unsubscribe = append(unsubscribe, t.channel)
			t.unconfirmed++
		}
		t.subscribed = wanted
		c.forget(t)
	}
	c.queue = nil
	return subscribe, unsubscribe
}

// confirm handles the server's confirmation of a command. When the subscription to the
// channel is in effect, it sends the first notice: changes before this time sent no message.
func (c *connection) confirm(channel string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.topics[channel]
	if t == nil {
		return
	}
	t.unconfirmed--
	if t.inEffect() {
		for _, sub := range t.subscriptions {
			sub.notify()
		}
	}
	c.forget(t)
}

// dispatch gives a message to the subscriptions of its channel.
func (c *connection) dispatch(channel, payload string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.topics[channel]; t != nil {
		for _, sub := range t.subscriptions {
			sub.deliver(payload)
		}
	}
}

// forget removes a topic that has no subscription on either side. The confirmations of its
// commands must have come, because they must not count for a later topic of the channel.
func (c *connection) forget(t *topic) {
	if len(t.subscriptions) == 0 && !t.subscribed && t.unconfirmed == 0 && !t.queued {
		delete(c.topics, t.channel)
	}
}
