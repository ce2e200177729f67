"""The parts of `provide.foundation.integrations.django`."""
