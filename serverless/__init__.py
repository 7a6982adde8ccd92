"""What a service is to Lambda and to the deployment, whatever the service does."""
