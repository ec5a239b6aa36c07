"""What campaigns caused: customers who were contacted beside those who were held out."""
