"""What people do with trained models; each built from the public functions of the steps."""
