"""What Datasette shows beside the tables: title, licence, descriptions."""
