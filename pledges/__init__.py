"""What is encumbered: claims on asset keys and the occupation of invoices."""
