package courier

// Wait returns when no delivery is in progress.
func (c *Courier) Wait() { c.deliveries.Wait() }
