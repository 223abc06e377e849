package consent

import "context"

const (
	// ReconfirmYears is when a user is reminded of the consent to advertising (Network Act article 50(8), decree 62-3).
	ReconfirmYears = 2
	// remindBatch is how many events one transaction queues.
	remindBatch = 100
)

// Remind queues an event for each user whose consent to advertising, or last reminder, is two years old, so that the
// app can remind them. It returns how many there were.
func (s *Service) Remind(ctx context.Context) (int, error) {
	total := 0
	for {
		now := s.now().UTC()
		n, err := s.store.QueueMarketingReminders(ctx, now.AddDate(-ReconfirmYears, 0, 0), now, remindBatch)
		total += n
		if err != nil || n < remindBatch {
			return total, err
		}
	}
}
