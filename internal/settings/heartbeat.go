package settings

import "time"

// HeartbeatPeriod is how often a forwarder is heard where nobody says otherwise. Each heartbeat costs as much as an event.
const HeartbeatPeriod = time.Hour
