"""What `provide.foundation.integrations.celery` does about Celery's own output."""
